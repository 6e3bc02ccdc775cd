//! `engine: atlas`: the real `atlas` binary plans and applies, and our engine says what its statements may break.
//!
//! The database's address reaches the binary in the environment of its process, through a project file that reads it
//! from there: never in its arguments, which others on the machine can see. What it prints is taken apart and never
//! passed on whole, for it repeats the address.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use stk_contract::hub::Diagnostic;
use stk_project::SchemaFile;
use stk_schema::{Hazard, HazardCode, Lock, Model, Plan, Step};
use tokio::process::Command;
use zeroize::Zeroizing;

use super::plan::{Planned, work_out};
use super::tell::{self, Failure};
use super::track::Tracker;
use crate::databases::Session;

/// Names the binary where it is not to be looked for in PATH.
const BINARY: &str = "STK_ATLAS_BIN";

/// What the binary's environment calls the addresses.
const PROJECT: &str = "env \"stk\" {\n  src = \"file://schema.hcl\"\n  url = getenv(\"STK_ATLAS_URL\")\n  \
                       dev = getenv(\"STK_ATLAS_DEV_URL\")\n}\n";

#[derive(Debug, thiserror::Error)]
pub enum AtlasError {
    #[error("the binary `atlas` was not found in PATH")]
    Missing,
    #[error("`{}` can not be run: {source}", path.display())]
    Start { path: PathBuf, source: std::io::Error },
    #[error("the folder for `atlas` can not be written: {0}")]
    Folder(std::io::Error),
    #[error("`atlas` refused: {0}")]
    Refused(String),
    #[error("`atlas` answered in a form that this version does not know")]
    Answer,
    #[error("the scratch database for `atlas` can not be made: {0}")]
    Scratch(String),
}

impl AtlasError {
    pub fn diagnostic(&self, file: &SchemaFile) -> Diagnostic {
        let hint = match self {
            AtlasError::Missing => Some(format!(
                "install it on the Hub's machine, or set {BINARY}; or take `engine: atlas` out of config/databases.yaml"
            )),
            _ => None,
        };
        Diagnostic { hint, ..tell::whole_file(file, "schema.atlas", self.to_string()) }
    }
}

/// What `--format '{{ json . }}'` gives, as far as it is read.
#[derive(Deserialize)]
struct Report {
    #[serde(rename = "Changes", default)]
    changes: Changes,
    #[serde(rename = "Error", default)]
    error: Option<String>,
}

#[derive(Deserialize, Default)]
struct Changes {
    #[serde(rename = "Pending", default)]
    pending: Option<Vec<String>>,
    #[serde(rename = "Error", default)]
    error: Option<ChangeError>,
}

#[derive(Deserialize)]
struct ChangeError {
    #[serde(rename = "Stmt", default)]
    statement: String,
    #[serde(rename = "Text", default)]
    text: String,
}

/// Asks the binary what it would do, and our engine what that may break.
pub async fn plan(
    session: &mut Session,
    file: &SchemaFile,
    model: &Model,
) -> Result<Planned, Vec<Diagnostic>> {
    let told = |error: AtlasError| vec![error.diagnostic(file)];
    let report = run(session, file, &["--dry-run"]).await.map_err(told)?;
    let pending = report.changes.pending.unwrap_or_default();
    // A change that our engine can not plan has no hazards of ours; Atlas' own statements are shown all the same.
    let ours =
        work_out("", file, session, model).await.map(stk_schema::Rehearsal::into_plan).unwrap_or_default();
    let schemas = model.managed_schemas();
    let found = stk_schema::snapshot(session.client(), &schemas).await;
    let snapshot =
        found.map_err(|error| vec![tell::whole_file(file, "schema.database", error.to_string())])?;
    let plan = Plan {
        steps: steps(&pending, &ours),
        fingerprint: snapshot.fingerprint,
        schemas,
        objects: snapshot.objects,
        unmanaged: ours.unmanaged.clone(),
    };
    Ok(Planned { plan, atlas: Some(pending), counts: BTreeMap::new(), ..Planned::default() })
}

/// Atlas' statements as steps. A hazard of ours goes to the statement that names its table, else to the first.
fn steps(pending: &[String], ours: &Plan) -> Vec<Step> {
    let mut steps: Vec<Step> = pending.iter().map(|sql| step(sql)).collect();
    for step in &ours.steps {
        let Lock { table, .. } = step.locks.first().cloned().unwrap_or_else(no_lock);
        let names = |sql: &str| !table.is_empty() && sql.contains(&format!("\"{table}\""));
        let at = steps.iter().position(|step| names(&step.sql)).unwrap_or(0);
        if let Some(theirs) = steps.get_mut(at) {
            theirs.hazards.extend(step.hazards.iter().cloned());
            theirs.rows = theirs.rows.max(step.rows);
        }
    }
    steps
}

fn no_lock() -> Lock {
    Lock { level: stk_schema::LockLevel::RowShare, schema: String::new(), table: String::new() }
}

fn step(sql: &str) -> Step {
    let first_line = sql.lines().next().unwrap_or_default();
    let mut hazards = Vec::new();
    let upper = sql.to_uppercase();
    // Atlas builds indexes so that writers wait, unless it was told otherwise.
    if upper.starts_with("CREATE ") && upper.contains(" INDEX ") && !upper.contains(" CONCURRENTLY ") {
        hazards.push(Hazard {
            code: HazardCode::BuildUnderLock,
            subject: first_line.to_owned(),
            message: "Atlas builds this index under a lock that blocks writes".to_owned(),
            hint: Some("`engine: santokit` builds it concurrently".to_owned()),
            count: None,
        });
    }
    Step {
        sql: sql.to_owned(),
        summary: first_line.chars().take(80).collect(),
        in_transaction: !upper.contains(" CONCURRENTLY "),
        starts_anew: false,
        backfill: None,
        locks: Vec::new(),
        effort: stk_schema::Effort::Catalog,
        rows: None,
        hazards,
        probe: None,
        leftover: None,
    }
}

/// Has the binary do it.
pub async fn apply(
    session: &mut Session,
    file: &SchemaFile,
    tracker: Option<&Tracker>,
    alias: &str,
) -> Result<(), Failure> {
    run(session, file, &["--auto-approve"]).await?;
    if let Some(tracker) = tracker {
        let steps = tracker.progress().borrow().steps.iter().filter(|step| step.alias == alias).count();
        tracker.observe(alias, &stk_schema::Event::Resumed { steps });
    }
    Ok(())
}

/// Runs `atlas schema apply` with these arguments besides, on a scratch database of its own.
async fn run(session: &mut Session, file: &SchemaFile, arguments: &[&str]) -> Result<Report, AtlasError> {
    let binary = find()?;
    let scratch = stk_schema::ScratchDatabase::create(session.client())
        .await
        .map_err(|error| AtlasError::Scratch(error.to_string()))?;
    let answer = with_scratch(session, file, &binary, scratch.name(), arguments).await;
    if let Err(error) = scratch.remove(session.client()).await {
        tracing::warn!(%error, "a scratch database stays until a later plan removes it");
    }
    answer
}

async fn with_scratch(
    session: &mut Session,
    file: &SchemaFile,
    binary: &Path,
    scratch: &str,
    arguments: &[&str],
) -> Result<Report, AtlasError> {
    let folder = Folder::make(&file.text).map_err(AtlasError::Folder)?;
    let (url, dev) = session.addresses(scratch);
    let output = Command::new(binary)
        .args(["schema", "apply", "--config", "file://atlas.hcl", "--env", "stk", "--format", "{{ json . }}"])
        .args(arguments)
        .current_dir(&folder.0)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("HOME", &folder.0)
        .env("ATLAS_NO_UPDATE_NOTIFIER", "1")
        .env("ATLAS_NO_UPGRADE_SUGGESTIONS", "1")
        .env("STK_ATLAS_URL", url.as_str())
        .env("STK_ATLAS_DEV_URL", dev.as_str())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| AtlasError::Start { path: binary.to_owned(), source })?;
    let report: Option<Report> = serde_json::from_slice(&output.stdout).ok();
    let redact = |text: &str| redacted(text, &[url.clone(), dev.clone()]);
    match report {
        Some(Report { changes: Changes { error: Some(error), .. }, .. }) => {
            Err(AtlasError::Refused(redact(&format!("{}: {}", error.text, error.statement))))
        }
        Some(Report { error: Some(error), .. }) => Err(AtlasError::Refused(redact(&error))),
        Some(report) if output.status.success() => Ok(report),
        None if output.status.success() => Err(AtlasError::Answer),
        _ => Err(AtlasError::Refused(redact(String::from_utf8_lossy(&output.stderr).trim()))),
    }
}

/// Without the addresses, and without anything else that looks like one.
fn redacted(text: &str, addresses: &[Zeroizing<String>]) -> String {
    let mut text = text.to_owned();
    for address in addresses {
        text = text.replace(address.as_str(), "(the database)");
    }
    let words = text.split_inclusive(char::is_whitespace).map(|word| match word.contains("://") {
        true => "(the database) ",
        false => word,
    });
    words.collect()
}

fn find() -> Result<PathBuf, AtlasError> {
    if let Some(path) = std::env::var_os(BINARY) {
        return Ok(PathBuf::from(path));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join("atlas"))
        .find(|file| file.is_file())
        .ok_or(AtlasError::Missing)
}

/// A folder of the binary's own, removed when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn make(schema: &str) -> std::io::Result<Folder> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        let folder = Folder(std::env::temp_dir().join(format!("stk-atlas-{}", hex::encode(random))));
        std::fs::create_dir(&folder.0)?;
        std::fs::write(folder.0.join("atlas.hcl"), PROJECT)?;
        std::fs::write(folder.0.join("schema.hcl"), schema)?;
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays holds the schema and no secret.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_binary_says_is_told_without_addresses() {
        let url = Zeroizing::new("postgres://ann:secret@db/app".to_owned());
        let text = "Error: postgres://ann:secret@db/app: sql/migrate: postgres://other:pw@db/x is not clean";
        let told = redacted(text, &[url]);
        assert!(!told.contains("secret") && !told.contains("pw") && !told.contains("ann"), "{told}");
        assert!(told.ends_with("is not clean"), "{told}");
    }

    #[test]
    fn an_index_that_atlas_builds_makes_writers_wait() {
        let plan = steps(&["CREATE INDEX \"i\" ON \"t\" (\"a\")".to_owned()], &Plan::default());
        assert_eq!(plan[0].hazards[0].code, HazardCode::BuildUnderLock);
        assert!(step("CREATE INDEX CONCURRENTLY i ON t (a)").hazards.is_empty());
    }
}
