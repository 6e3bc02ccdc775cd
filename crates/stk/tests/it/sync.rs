//! `stk sync` in real apps: npm and pnpm, install and clean install, every way TypeScript resolves modules.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::dev::small_project;
use crate::stk::{Dev, Ran, repository, run, stk, write};

const APP: &str = r#"import { stk } from "@santokit/client";

export async function main(): Promise<void> {
  const answer: number | null = await stk.logic.answer();
  const rows = await stk.logic.names({ limit: 2 });
  const id: number = rows[0].id;
  const name: string | null = rows[0].name;
  const forest = await stk.logic.forest();
  const planted: string = forest.planted;
  const leaf: "oak" | "elm" = forest.root.branches[0].branches[0].kind;
  console.log(answer, id, name, planted, leaf);
}
"#;

/// Each line is an error once the types are there.
const WRONG: &str = r#"import { stk } from "@santokit/client";

export const a: Promise<string> = stk.logic.answer();
export const b = stk.logic.nothing();
export const c = stk.logic.names({ limit: "2" });
export const d = stk.logic.names({ limt: 2 });
export const e: Promise<{ planted: Date }> = stk.logic.forest();
"#;

/// A result that holds itself, and a `Date`, which JSON writes as text.
const FOREST: &str = r#"/** access: public */
interface Tree {
  kind: "oak" | "elm";
  branches: Tree[];
}

export default async (): Promise<{ planted: Date; root: Tree }> => ({
  planted: new Date(0),
  root: { kind: "oak", branches: [] },
});
"#;

fn client() -> PathBuf {
    repository().join("packages/client")
}

/// A tool of the client's own development, so that versions are pinned in one place.
fn tool(path: &str) -> PathBuf {
    let tool = client().join("node_modules").join(path);
    assert!(tool.exists(), "{} is missing: run `npm ci` in packages/client", tool.display());
    tool
}

/// The packed client, as a registry would serve it.
fn tarball(folder: &Path) -> PathBuf {
    let pack = Command::new("npm")
        .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
        .arg(folder)
        .current_dir(client())
        .output()
        .expect("npm runs");
    assert!(pack.status.success(), "{}", String::from_utf8_lossy(&pack.stderr));
    folder.join(String::from_utf8_lossy(&pack.stdout).trim())
}

fn app(root: &Path, tarball: &Path) {
    let package = json!({
        "name": "app", "version": "1.0.0", "private": true, "type": "module",
        "scripts": { "prepare": "stk sync --offline" },
        "dependencies": { "@santokit/client": format!("file:{}", tarball.display()) },
    });
    write(root, "package.json", &package.to_string());
    write(root, "src/app.ts", APP);
    write(root, "wrong/wrong.ts", WRONG);
    write(root, "logic/forest.ts", FOREST);
    write(
        root,
        "logic/names.sql",
        "/* ---\naccess: public\nparams:\n  limit: { type: int, default: 10 }\n--- */\nselect id, name from t limit :limit\n",
    );
}

/// A package manager in the app, with the `stk` under test on the path.
fn package_manager(root: &Path, program: &Path, args: &[&str]) {
    let bin = Path::new(env!("CARGO_BIN_EXE_stk")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let output =
        Command::new(program).args(args).current_dir(root).env("PATH", path).output().expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{} {args:?}: {}", program.display(), String::from_utf8_lossy(&text));
}

/// Compiles one folder of the app, and gives the errors.
fn compile(root: &Path, typescript: &str, resolution: &str, folder: &str) -> Ran {
    let module = match resolution {
        "node16" | "nodenext" => resolution,
        "node10" => "commonjs",
        _ => "esnext",
    };
    run(Command::new("node").arg(tool(typescript).join("bin/tsc")).current_dir(root).args([
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "false",
        "--target",
        "es2022",
        "--lib",
        "es2022,dom",
        "--module",
        module,
        "--moduleResolution",
        resolution,
        &format!("{folder}/{}.ts", if folder == "src" { "app" } else { "wrong" }),
    ]))
}

const COMPILERS: [(&str, &str); 4] = [
    ("typescript", "bundler"),
    ("typescript", "node16"),
    ("typescript", "nodenext"),
    ("typescript-5.9", "node10"),
];

fn assert_typed(root: &Path, when: &str) {
    for (typescript, resolution) in COMPILERS {
        let right = compile(root, typescript, resolution, "src");
        assert_eq!(right.exit, 0, "{when}, {typescript} {resolution}: {}", right.stdout);
        let wrong = compile(root, typescript, resolution, "wrong");
        for line in 3..=7 {
            let place = format!("wrong.ts({line},");
            assert!(
                wrong.stdout.contains(&place),
                "{when}, {typescript} {resolution}, line {line}: {}",
                wrong.stdout
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_typed_after_every_kind_of_install() {
    let folder = small_project();
    let root = folder.path();
    let packed = tempfile::tempdir().unwrap();
    app(root, &tarball(packed.path()));
    let dev = Dev::start(root).await;
    assert_eq!(dev.ready["event"], "ready", "{:#}", dev.ready);

    package_manager(root, Path::new("npm"), &["install", "--no-audit", "--no-fund", "--offline"]);
    assert_typed(root, "npm install");
    let stamp =
        std::fs::read_to_string(root.join("node_modules/@santokit/client/dist/esm/manifest.js")).unwrap();
    assert!(stamp.contains(dev.ready["release"]["manifest"].as_str().unwrap_or("\"hash\"")), "{stamp}");
    assert_eq!(dev.stk(&["sync", "--check"]).exit, 0);

    package_manager(root, Path::new("npm"), &["ci", "--no-audit", "--no-fund", "--offline"]);
    assert_typed(root, "npm ci");

    std::fs::remove_dir_all(root.join("node_modules")).unwrap();
    std::fs::remove_file(root.join("package-lock.json")).unwrap();
    package_manager(
        root,
        &tool(".bin/pnpm"),
        &["install", "--offline", "--config.confirmModulesPurge=false"],
    );
    assert_typed(root, "pnpm install");
    assert_eq!(dev.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_types_are_told_by_a_check_and_nothing_is_written() {
    let folder = small_project();
    let root = folder.path();
    write(root, "package.json", "{}");
    let mut dev = Dev::start(root).await;
    assert_eq!(dev.stk(&["sync", "--check"]).exit, 0);
    let types = root.join("node_modules/.santokit/index.d.ts");
    let before = std::fs::read_to_string(&types).unwrap();
    std::fs::write(&types, "// old\n").unwrap();
    let stale = dev.stk(&["sync", "--check"]);
    assert_eq!(stale.exit, 3, "{stale:?}");
    assert_eq!(std::fs::read_to_string(&types).unwrap(), "// old\n");

    write(
        root,
        "logic/answer.sql",
        "/* ---\naccess: public\nreturns: value\n--- */\nselect 'x'::text as answer\n",
    );
    assert_eq!(dev.event()["event"], "deployed");
    let after = std::fs::read_to_string(&types).unwrap();
    assert_ne!(before, after, "stk dev syncs by itself");
    let openapi = dev.stk(&["sync", "--openapi", "openapi.json"]);
    assert_eq!(openapi.exit, 0, "{openapi:?}");
    let openapi: serde_json::Value =
        serde_json::from_slice(&std::fs::read(root.join("openapi.json")).unwrap()).unwrap();
    assert!(openapi["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    assert_eq!(dev.stop(), Some(0));

    std::fs::remove_dir_all(root.join("node_modules")).unwrap();
    let offline = run(stk(root).args(["sync", "--offline"]));
    assert_eq!(offline.exit, 0, "{offline:?}");
    assert_eq!(std::fs::read_to_string(&types).unwrap(), after, "restored without a Hub");
}
