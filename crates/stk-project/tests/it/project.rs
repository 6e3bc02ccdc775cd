//! Whole projects: paths, and files of other kinds.

use std::path::Path;

use insta::assert_snapshot;
use stk_contract::hub::Severity;
use stk_project::{Files, check};

use crate::{files, good, project, report};

#[test]
fn paths_are_names_of_a_client() {
    assert_snapshot!(report(&project(&[
        ("logic/2fa.sql", "select 1"),
        ("logic/users/then.sql", "select 1"),
        ("logic/users/a-b/get.sql", "select 1"),
        ("logic/users/Get.sql", "select 1"),
        ("logic/users/get.sql", "select 1"),
        ("logic/../etc.sql", "select 1"),
        ("logic/a.test.sql", "select 1"),
    ])), @r#"
    logic/../etc.sql:0:0 error logic.name
      `..` is not a name: letters, digits and `_`, not starting with a digit, at most 63 bytes
    logic/2fa.sql:0:0 error logic.name
      `2fa` is not a name: letters, digits and `_`, not starting with a digit, at most 63 bytes
    logic/a.test.sql:0:0 error logic.name
      `a.test` is not a name: letters, digits and `_`, not starting with a digit, at most 63 bytes
    logic/users/a-b/get.sql:0:0 error logic.name
      `a-b` is not a name: letters, digits and `_`, not starting with a digit, at most 63 bytes
    logic/users/get.sql:0:0 error logic.case
      it differs from `logic/users/Get.sql` only in case
    logic/users/then.sql:0:0 error logic.name
      `then` is refused as a name, because JavaScript gives it a meaning of its own
    "#);
    let checked = good(&project(&[
        ("logic/_audit/log.sql", "select 1"),
        ("logic/users.sql", "select 1"),
        ("logic/users/get.sql", "select 1"),
    ]));
    let private: Vec<bool> = checked.manifest.logic.keys().map(|path| path.is_private()).collect();
    assert_eq!(private, [true, false, false]);
}

#[test]
fn one_logic_has_one_file() {
    assert_snapshot!(report(&project(&[
        ("logic/a.sql", "select 1"),
        ("logic/a.ts", "export default async () => 1"),
        ("logic/b.js", "export default async () => 1"),
        ("logic/c.wasm", "\u{0}asm"),
        ("logic/c.yaml", "returns: one"),
        ("logic/d.yaml", "returns: one"),
        ("logic/e.SQL", "select 1"),
        ("logic/e.yml", "access: admin"),
        ("logic/readme.md", "# x"),
        ("logic/noextension", "x"),
        ("logic/.DS_Store", "x"),
    ])), @r#"
    logic/a.ts:0:0 error logic.duplicate
      `logic/a.sql` gives the same logic `a`
    logic/b.js:1:16 info result.unknown
      nothing says what this logic answers, so callers see `unknown`
      hint: say it in the header, as in `returns: { id: string }`
      | export default async () => 1
      |                ^
    logic/c.wasm:0:0 error wasm.invalid
      this is not a WebAssembly module
    logic/c.yaml:1:10 error header.invalid_value
      `one` speaks of rows, which only SQL has
      hint: write a type, such as `{ id: string }` or `"string[]"`, or `none`
      | returns: one
      |          ^
    logic/d.yaml:0:0 error logic.twin_alone
      there is no logic file beside it, such as `d.sql`
    logic/e.SQL:0:0 error logic.extension
      rename it: its extension must be `.sql`
    logic/e.yml:0:0 error logic.extension
      rename it: its extension must be `.yaml`
    logic/noextension:0:0 warning logic.unread_file
      nothing reads this file: logic is in `.sql`, `.js`, `.ts` and `.wasm` files, headers of their own are in `.yaml` files
    logic/readme.md:0:0 warning logic.unread_file
      nothing reads this file: logic is in `.sql`, `.js`, `.ts` and `.wasm` files, headers of their own are in `.yaml` files
    "#);
}

#[test]
fn an_alias_that_is_missing_is_named() {
    assert_snapshot!(report(&project(&[("logic/a.sql", "---\ntarget: mian\n---\nselect 1")])), @r#"
    logic/a.sql:2:9 error logic.unknown_alias
      there is no database `mian` in `config/databases.yaml`
      hint: did you mean `main`?
      | target: mian
      |         ^
    "#);
    assert_snapshot!(report(&files(&[("logic/a.sql", "select 1")])), @r#"
    logic/a.sql:0:0 error logic.unknown_alias
      there is no database `main` in `config/databases.yaml`, which is the default of `target`
      hint: add `main: { url: ${DATABASE_URL} }` there
    "#);
    assert_snapshot!(report(&files(&[("logic/a.sql", "select 1"), ("schema/main.hcl", "")])), @r#"
    schema/main.hcl:0:0 error schema.not_configured
      `config/databases.yaml` has no entry `main`
      hint: add `main: { url: ${DATABASE_URL} }` there
    "#);
    assert_snapshot!(report(&files(&[("logic/a.sql", "select 1"), ("schema/main.hcl", ""), ("config/databases.yaml", "main: {")])), @r#"
    config/databases.yaml:1:8 error yaml.syntax
      this is not valid YAML: while parsing a node, did not find expected node content
      | main: {
      |        ^
    "#);
}

#[test]
fn files_are_text() {
    let mut bad = project(&[("logic/b.sql", "select 1")]);
    bad.insert("logic/a.sql".to_owned(), b"select 1\n, '\xff'".to_vec());
    bad.insert("config/auth.yaml".to_owned(), b"\xff".to_vec());
    assert_snapshot!(report(&bad), @r#"
    config/auth.yaml:1:1 error file.not_utf8
      the file is not UTF-8 text from here on
      | 
      | ^
    logic/a.sql:2:4 error file.not_utf8
      the file is not UTF-8 text from here on
      | , '
      |    ^
    "#);
}

#[test]
fn a_release_holds_what_was_checked() {
    let checked = good(&project(&[("logic/a.sql", "---\naccess: admin\n---\nselect 1; select :user_id")]));
    let release = checked.release("{}".to_owned());
    assert_eq!((release.project.as_str(), release.openapi.as_str()), ("shop", "{}"));
    let stk_contract::Code::Sql(statements) = &release.code["a"] else { panic!("it is SQL") };
    assert_eq!(statements.iter().map(|sql| sql.text.as_str()).collect::<Vec<_>>(), ["select 1", "select $1"]);
    assert_eq!(release.secrets.into_iter().collect::<Vec<_>>(), ["DATABASE_URL"]);
}

#[test]
fn header_diagnostics_find_the_nearest_key() {
    let checked =
        good(&project(&[("logic/a.sql", "---\nreturns: one\ntypes: { id: string }\n---\nselect 1 as id")]));
    let file = &checked.logic["a"];
    let code = stk_project::Code::TypesUnknownColumn;
    let place = |key: &str| {
        let found = file.header_diagnostic(code, key, "x");
        (found.line, found.column, found.source)
    };
    assert_eq!(place("types.id"), (3, 10, Some("types: { id: string }".to_owned())));
    assert_eq!(place("types.name"), (3, 1, Some("types: { id: string }".to_owned())));
    assert_eq!(place("cache"), (0, 0, None));
}

#[test]
fn the_projects_of_the_repository_check_without_errors() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (folder, logic) in
        [("examples/shop", 14), ("crates/stk/template", 5), ("conformance/projects/scripts", 25)]
    {
        let (root, mut files) = (repository.join(folder), Files::new());
        read_folder(&root, &root, &mut files);
        let (checked, diagnostics) = check("shop", &files);
        let errors: Vec<_> = diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{folder}: {errors:#?}");
        assert!(checked.logic.len() >= logic, "{folder}: {}", checked.logic.len());
    }
}

fn read_folder(root: &Path, folder: &Path, into: &mut Files) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(root, &path, into);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            into.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn five_hundred_files_are_no_wait() {
    let sql = "/* ---\ndescription: One of many\naccess: [admin, staff]\nparams:\n  id: { type: uuid, required: true }\n  \
               limit: { type: int, default: 20, min: 1, max: 100 }\nreturns: many\ncache: { ttl: 60s, tags: [a] }\n--- */\n\
               select id, name from things where id = :id and x[1:2] = '{}' order by id limit :limit\n";
    let paths: Vec<String> = (0..500).map(|number| format!("logic/f{}/l{number}.sql", number % 20)).collect();
    let all = project(&paths.iter().map(|path| (path.as_str(), sql)).collect::<Vec<_>>());
    let start = std::time::Instant::now();
    assert_eq!(good(&all).logic.len(), 500);
    let took = start.elapsed();
    // Far under 100 ms when optimised; an unoptimised build on a busy machine may take some times that.
    let most = if cfg!(debug_assertions) { 3_000 } else { 100 };
    assert!(took.as_millis() < most, "{took:?}");
}
