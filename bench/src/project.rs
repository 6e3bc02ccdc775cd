//! The projects that are deployed, written to temporary folders.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::tokens::Issuer;

/// The project's id.
pub const ID: &str = "bench";

const FILES: &[(&str, &str)] = &[
    ("stk.config.json", include_str!("../project/stk.config.json")),
    ("schema/main.hcl", include_str!("../project/schema/main.hcl")),
    ("config/databases.yaml", include_str!("../project/config/databases.yaml")),
];

/// The one row that the many logic files read, for the database that `stk dev` makes.
const SEED: &str = "insert into items values (1, 'a', 'a@example.com', 1, 1, true, now(), '{}')";

const AUTH: &str = include_str!("../project/config/auth.yaml");

const JS_FRESH: &str = include_str!("../project/logic/js_fresh.js");

/// In WebAssembly, as text.
const WASM: &[(&str, &str)] = &[
    ("logic/row_wasm.wasm", include_str!("../project/logic/row_wasm.wat")),
    ("logic/echo_wasm.wasm", include_str!("../project/logic/echo_wasm.wat")),
];

const LOGIC: &[(&str, &str)] = &[
    ("logic/row.sql", include_str!("../project/logic/row.sql")),
    ("logic/row_wasm.yaml", include_str!("../project/logic/row_wasm.yaml")),
    ("logic/echo_wasm.yaml", include_str!("../project/logic/echo_wasm.yaml")),
    ("logic/shape.js", include_str!("../project/logic/shape.js")),
    ("logic/js_fresh.js", JS_FRESH),
    ("logic/js_reuse.js", include_str!("../project/logic/js_reuse.js")),
    ("logic/by_key.sql", include_str!("../project/logic/by_key.sql")),
    ("logic/by_key_user.sql", include_str!("../project/logic/by_key_user.sql")),
    ("logic/list.sql", include_str!("../project/logic/list.sql")),
    ("logic/insert.sql", include_str!("../project/logic/insert.sql")),
    ("logic/cached.sql", include_str!("../project/logic/cached.sql")),
];

#[derive(Debug)]
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// The project of the throughput scenarios. `key_set` serves the keys of the foreign issuer.
    pub fn of_scenarios(key_set: SocketAddr) -> Result<Project> {
        let project = Project::bare()?;
        let auth = AUTH
            .replace("{JWKS_URL}", &format!("http://{key_set}/jwks.json"))
            .replace("{ISSUER}", Issuer::NAME)
            .replace("{AUDIENCE}", Issuer::AUDIENCE);
        project.write("config/auth.yaml", &auth)?;
        LOGIC.iter().try_for_each(|(path, text)| project.write(path, text))?;
        for (path, text) in WASM {
            project.write(path, wat::parse_str(text).with_context(|| format!("assemble {path}"))?)?;
        }
        Ok(project)
    }

    /// A project of one JavaScript logic, `js_fresh`.
    pub fn of_javascript() -> Result<Project> {
        let project = Project::bare()?;
        project.write(
            "seed.sql",
            SEED.replace("'a', 'a@", "'a b', 'a@").replace("'{}'", r#"'{"labels":["x"]}'"#),
        )?;
        project.write("logic/shape.js", include_str!("../project/logic/shape.js"))?;
        project.write("logic/js_fresh.js", JS_FRESH)?;
        Ok(project)
    }

    /// Changes the JavaScript logic without changing what it answers.
    pub fn write_comment(&self, number: u32) -> Result<()> {
        self.write("logic/js_fresh.js", format!("{JS_FRESH}// {number}\n"))
    }

    /// A project of `count` logic files, `many/l0` and so on, all of version 1.
    pub fn of_many(count: u32) -> Result<Project> {
        let project = Project::bare()?;
        project.write("seed.sql", SEED)?;
        (0..count).try_for_each(|number| project.write_version(number, 1))?;
        Ok(project)
    }

    fn bare() -> Result<Project> {
        let project = Project { folder: tempfile::tempdir()? };
        FILES.iter().try_for_each(|(path, text)| project.write(path, text))?;
        Ok(project)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Changes one of the many logic files: its answer names the version.
    pub fn write_version(&self, number: u32, version: u32) -> Result<()> {
        let text = format!(
            "/* ---\naccess: public\nparams:\n  id: {{ type: int, required: true }}\nreturns: one\n--- */\n\
             select id, name, email, quantity, {number} as number, {version} as version\nfrom items\nwhere id = :id\n"
        );
        self.write(&format!("logic/many/l{number}.sql"), &text)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let path = self.path().join(path);
        let parent = path.parent().context("a file of the project has a folder")?;
        std::fs::create_dir_all(parent)?;
        std::fs::write(&path, content).with_context(|| format!("write {}", path.display()))
    }
}
