//! `stk init`: a project that deploys as it stands, and the files that make editors check it.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::json;
use serde_json::value::RawValue;

use crate::args::Init;
use crate::failure::{Doing as _, Exit, Failure};
use crate::output::{BOLD, GREEN, Output, paint};
use crate::project_folder::CONFIG_FILE;

/// Files of a new project, by path.
const TEMPLATE: [(&str, &str); 15] = [
    ("schema/main.hcl", include_str!("../../template/schema/main.hcl")),
    ("config/databases.yaml", include_str!("../../template/config/databases.yaml")),
    ("config/auth.yaml", include_str!("../../template/config/auth.yaml")),
    ("logic/notes/list.sql", include_str!("../../template/logic/notes/list.sql")),
    ("logic/notes/get.sql", include_str!("../../template/logic/notes/get.sql")),
    ("logic/notes/create.sql", include_str!("../../template/logic/notes/create.sql")),
    ("logic/notes/_count.sql", include_str!("../../template/logic/notes/_count.sql")),
    ("logic/notes/digest.ts", include_str!("../../template/logic/notes/digest.ts")),
    ("logic/lib/text.ts", include_str!("../../template/logic/lib/text.ts")),
    ("logic/tsconfig.json", include_str!("../../template/logic/tsconfig.json")),
    ("seed.sql", include_str!("../../template/seed.sql")),
    (".gitignore", include_str!("../../template/gitignore")),
    (".vscode/settings.json", include_str!("../../template/vscode/settings.json")),
    (".vscode/extensions.json", include_str!("../../template/vscode/extensions.json")),
    (".editorconfig", include_str!("../../template/editorconfig")),
];

/// Restores the types after `npm ci`, which deletes `node_modules` whole.
const PREPARE: &str = "stk sync --offline";

pub fn run(args: &Init, output: &Output) -> Result<(), Failure> {
    let root = &args.folder;
    std::fs::create_dir_all(root).doing(|| format!("can not make the folder {}", root.display()))?;
    let id = project_id(args)?;
    if root.join(CONFIG_FILE).exists() {
        return Err(Failure::new(format!("{} is already a Santokit project", root.display()))
            .hint(format!("it has a {CONFIG_FILE}; run `stk dev` there")));
    }
    let files = files(&id);
    let taken: Vec<&str> = files
        .iter()
        .map(|(path, _)| path.as_str())
        .filter(|path| root.join(path).exists() && !is_kept(path))
        .collect();
    if !taken.is_empty() {
        return Err(Failure::new(format!("these files are in the way: {}", taken.join(", ")))
            .hint("nothing was written; move them, or choose another folder"));
    }
    let mut written = Vec::new();
    for (path, text) in &files {
        if !root.join(path).exists() {
            write(&root.join(path), text)?;
            written.push(path.clone());
        }
    }
    let prepared = add_prepare(root)?;
    if prepared {
        written.push("package.json (script `prepare`)".to_owned());
    }
    output.result(&json!({ "project_id": id, "files": written }), || next_steps(&id, root, &written));
    Ok(())
}

/// Files of the user's own that are left as they are.
fn is_kept(path: &str) -> bool {
    path.starts_with('.')
}

fn project_id(args: &Init) -> Result<String, Failure> {
    let id = match &args.id {
        Some(id) => id.clone(),
        None => {
            let folder =
                args.folder.canonicalize().doing(|| format!("can not open {}", args.folder.display()))?;
            let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or("app").to_lowercase();
            let slug: String =
                name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
            slug.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).trim_end_matches('-').to_owned()
        }
    };
    stk_contract::names::check_slug(&id).map_err(|error| {
        Failure::new(error.to_string()).exit(Exit::Usage).hint("name the project with --id")
    })?;
    Ok(id)
}

fn files(id: &str) -> Vec<(String, String)> {
    let config = json!({ "$schema": ".stk/schemas/stk.config.json", "project_id": id });
    let config = serde_json::to_string_pretty(&config).expect("a literal") + "\n";
    let schemas =
        stk_project::json_schemas().into_iter().map(|(name, text)| (format!(".stk/schemas/{name}"), text));
    let template = || TEMPLATE.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let bytes = template().map(|(path, text)| (path, text.into_bytes())).collect();
    let handlers = stk_project::handler_types(&stk_project::check(id, &bytes).0.manifest);
    template()
        .chain([
            (CONFIG_FILE.to_owned(), config),
            (crate::sync::handlers::FILE.to_owned(), handlers),
            (
                ".stk/schemas/stk.config.json".to_owned(),
                include_str!("../../template/stk.config.schema.json").to_owned(),
            ),
        ])
        .chain(schemas)
        .collect()
}

/// Adds the script to an app's package.json, in front of one that is there already. The rest keeps its text.
fn add_prepare(root: &Path) -> Result<bool, Failure> {
    let path = root.join("package.json");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(false) };
    let doing = || format!("{} is not what npm expects", path.display());
    let mut package: IndexMap<String, Box<RawValue>> = serde_json::from_str(&text).doing(doing)?;
    let mut scripts: IndexMap<String, String> = match package.get("scripts") {
        Some(scripts) => serde_json::from_str(scripts.get()).doing(doing)?,
        None => IndexMap::new(),
    };
    let prepare = match scripts.get("prepare") {
        Some(present) if present.contains(PREPARE) => return Ok(false),
        Some(present) => format!("{PREPARE} && {present}"),
        None => PREPARE.to_owned(),
    };
    scripts.insert("prepare".to_owned(), prepare);
    let scripts = serde_json::to_string_pretty(&scripts).expect("strings").replace('\n', "\n  ");
    package
        .insert("scripts".to_owned(), RawValue::from_string(scripts).expect("it was just written as JSON"));
    let text = serde_json::to_string_pretty(&package).expect("it was parsed from JSON") + "\n";
    write(&path, &text)?;
    Ok(true)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let doing = || format!("can not write {}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).doing(doing)?;
    }
    std::fs::write(path, text).doing(doing)
}

fn next_steps(id: &str, root: &Path, written: &[String]) -> String {
    let list: String =
        written.iter().filter(|path| !path.starts_with('.')).map(|path| format!("  {path}\n")).collect();
    let dev =
        if root == Path::new(".") { "stk dev".to_owned() } else { format!("stk dev {}", root.display()) };
    format!("{} project {}\n{list}\nnext: {}", paint(GREEN, "made"), paint(BOLD, id), paint(BOLD, dev))
}
