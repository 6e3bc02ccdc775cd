//! What stands in `config/` that should stand elsewhere: credentials, and files that fit nothing.

use insta::assert_snapshot;

use crate::{files, good, project, report};

#[test]
fn credentials_are_reported_and_never_repeated() {
    let bad = project(&[
        (
            "config/databases.yaml",
            "main: { url: \"postgres://app:hunter2@db/app\", migrate: ${M}, pol: { max: hunter2 } }\n",
        ),
        ("config/auth.yaml", "jwt: { secret: hunter2 }\nroles: [admin, sk_live_hunter2hunter2]\n"),
        (
            "config/storage.yaml",
            "accessKeyId: AKIAHUNTER2HUNTER2XY\nsecretAccessKey: |\n  -----BEGIN PRIVATE KEY-----\n  hunter2\n  -----END PRIVATE KEY-----\nregion: 'ghp_hunter2hunter2hunter2'\n",
        ),
        ("config/http.yaml", "password: hunter2\ncors: [\n"),
    ]);
    let text = report(&bad);
    assert_snapshot!(text, @r#"
    config/auth.yaml:1:16 error config.credential
      a credential stands here in plain text
      hint: keep it with `stk secret set NAME` and write `${NAME}` here; it has been in a file, so change it
      | jwt: { secret: …
      |                ^
    config/auth.yaml:2:16 error config.credential
      a credential stands here in plain text
      hint: keep it with `stk secret set NAME` and write `${NAME}` here; it has been in a file, so change it
      | roles: [admin, …]
      |                ^
    config/databases.yaml:1:14 error config.credential
      a credential stands here in plain text
      hint: keep it with `stk secret set NAME` and write `${NAME}` here; it has been in a file, so change it
      | main: { url: …, migrate: ${M}, pol: { max: hunter2 } }
      |              ^
    config/databases.yaml:1:62 error config.unknown_key
      unknown key `pol` in `main`
      hint: did you mean `pool`?
      | main: { url: …, migrate: ${M}, pol: { max: hunter2 } }
      |                                                              ^
    config/http.yaml:2:8 error yaml.syntax
      this is not valid YAML: while parsing a node, did not find expected node content
      | cors: [
      |        ^
    config/storage.yaml:1:14 error config.credential
      a credential stands here in plain text
      hint: keep it with `stk secret set NAME` and write `${NAME}` here; it has been in a file, so change it
      | accessKeyId: …
      |              ^
    config/storage.yaml:3:3 error config.credential
      a credential stands here in plain text
      hint: keep it with `stk secret set NAME` and write `${NAME}` here; it has been in a file, so change it
      | …
      |   ^
    config/storage.yaml:6:9 error config.credential
      a credential stands here in plain text
      hint: keep it with `stk secret set NAME` and write `${NAME}` here; it has been in a file, so change it
      | region: …
      |         ^
    "#);
    let shown = text.to_lowercase();
    // `pol: { max: hunter2 }` has no shape of a credential; everything else has.
    assert_eq!(shown.matches("hunter2").count(), shown.matches("pol: { max: hunter2 }").count());
}

#[test]
fn placeholders_stand_where_they_are_resolved() {
    assert_snapshot!(report(&project(&[
        ("config/databases.yaml", "main: { url: \"${DATABASE-URL}\", migrate: \"${A\" }\n"),
        ("config/storage.yaml", "region: ${REGION}\nendpoint: https://${}\n"),
    ])), @r#"
    config/databases.yaml:1:14 error config.placeholder
      `DATABASE-URL` is not the name of a secret: letters, digits and `_`, not starting with a digit
      | main: { url: "${DATABASE-URL}", migrate: "${A" }
      |              ^
    config/databases.yaml:1:42 error config.placeholder
      a placeholder in `main.migrate` is not closed
      | main: { url: "${DATABASE-URL}", migrate: "${A" }
      |                                          ^
    config/storage.yaml:1:9 error config.placeholder_not_here
      `region` takes no placeholder: it is part of the release, the same in every environment
      | region: ${REGION}
      |         ^
    config/storage.yaml:2:11 error config.placeholder
      `` is not the name of a secret: letters, digits and `_`, not starting with a digit
      | endpoint: https://${}
      |           ^
    "#);
}

#[test]
fn files_and_aliases_fit_together() {
    assert_snapshot!(report(&project(&[
        ("config/database.yaml", "a: b\n"),
        ("config/notes.txt", "a: b\n"),
        ("config/databases.yaml", "main: { url: \"${A}\" }\nother: { url: \"mysql://x\", migrate: \"${B}\" }\nthen: { url: \"${A}\", migrate: \"${B}\" }\n"),
        ("schema/reports.hcl", ""),
        ("schema/a-b.hcl", ""),
        ("schema/readme.md", ""),
    ])), @r#"
    config/database.yaml:0:0 error config.unknown_file
      there is no file `database.yaml` in `config/`
      hint: did you mean `databases.yaml`?
    config/databases.yaml:1:1 warning config.migrate_missing
      `main` has no `migrate`, so the schema is changed with the role of `url`
      hint: give the Hub a role of its own, and take DDL rights from the Server's
      | main: { url: "${A}" }
      | ^
    config/databases.yaml:2:1 error schema.missing
      there is no `schema/other.hcl`
      hint: each database has a file that describes its tables
      | other: { url: "mysql://x", migrate: "${B}" }
      | ^
    config/databases.yaml:2:15 error config.invalid_value
      this is not the address of a Postgres database
      hint: write `${DATABASE_URL}`, or `postgres://USER:${PASSWORD}@HOST/DATABASE`
      | other: { url: …, migrate: "${B}" }
      |               ^
    config/databases.yaml:3:1 error config.invalid_value
      `then` is refused as a name, because JavaScript gives it a meaning of its own
      | then: { url: "${A}", migrate: "${B}" }
      | ^
    config/databases.yaml:3:1 error schema.missing
      there is no `schema/then.hcl`
      hint: each database has a file that describes its tables
      | then: { url: "${A}", migrate: "${B}" }
      | ^
    config/notes.txt:0:0 error config.unknown_file
      there is no file `notes.txt` in `config/`
      hint: files of `config/`: databases.yaml, auth.yaml, storage.yaml, egress.yaml, http.yaml, limits.yaml
    schema/a-b.hcl:0:0 error schema.name
      `a-b` is not a name: letters, digits and `_`, not starting with a digit, at most 63 bytes
      hint: the file's name is the alias of its database
    schema/readme.md:0:0 warning schema.unread_file
      nothing reads this file: the schema is in `.hcl` files
    schema/reports.hcl:0:0 error schema.not_configured
      `config/databases.yaml` has no entry `reports`
      hint: add `reports: { url: ${DATABASE_URL} }` there
    "#);
    assert_snapshot!(report(&files(&[("base/main.hcl", ""), ("schema/main.hcl", ""), ("config/databases.yaml", "")])), @r#"
    base/main.hcl:0:0 error schema.two_folders
      `base/` is the older name of `schema/`, and both are there
      hint: move its files into `schema/`
    schema/main.hcl:0:0 error schema.not_configured
      `config/databases.yaml` has no entry `main`
      hint: add `main: { url: ${DATABASE_URL} }` there
    "#);
    let older = good(&files(&[
        ("base/main.hcl", "x"),
        ("config/databases.yaml", "main: { url: \"${A}\", migrate: \"${B}\" }"),
        ("stk.config.json", "{"),
        ("README.md", "\u{0}"),
    ]));
    assert_eq!(
        (older.schema["main"].file.as_str(), older.schema["main"].text.as_str()),
        ("base/main.hcl", "x")
    );
}
