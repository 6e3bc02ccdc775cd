//! `stk logic`: check the files here, apply them, list what serves.

use serde_json::json;
use stk_contract::hub::{ApplyScope, ManifestResponse, Severity};

use crate::args::{Global, Logic};
use crate::failure::Failure;
use crate::output::{GREEN, Output, paint, table};
use crate::profile::Target;
use crate::project_folder::ProjectFolder;

pub async fn run(global: &Global, args: Logic, output: &Output) -> Result<(), Failure> {
    match args {
        Logic::Validate => validate(global, output),
        Logic::Apply(args) => super::apply::run(global, &args, ApplyScope::Logic, output).await,
        Logic::List => list(global, output).await,
    }
}

/// What can be checked without a database: everything but whether the SQL prepares, that of scripts included.
fn validate(global: &Global, output: &Output) -> Result<(), Failure> {
    let folder = ProjectFolder::find(global.dir.as_deref())?;
    let (project, diagnostics) = stk_project::check(&folder.config.project_id, &folder.read()?);
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(Failure::check(diagnostics));
    }
    output.diagnostics(&diagnostics);
    let count = project.manifest.logic.len();
    output.result(&json!({ "logic": count, "diagnostics": diagnostics }), || {
        format!("{} {count} logic files; the Hub checks them against the database", paint(GREEN, "valid"))
    });
    Ok(())
}

async fn list(global: &Global, output: &Output) -> Result<(), Failure> {
    let target = Target::resolve(global)?;
    let response: ManifestResponse = target.hub.get(&target.path("/manifest")).await?;
    output.result(&response.manifest, || {
        let rows: Vec<Vec<String>> = response
            .manifest
            .logic
            .iter()
            .map(|(path, logic)| {
                let params: Vec<&str> = logic.params.keys().map(String::as_str).collect();
                let kind = if logic.read_only { "reads" } else { "writes" };
                vec![
                    path.to_string(),
                    kind.to_owned(),
                    params.join(", "),
                    logic.description.clone().unwrap_or_default(),
                ]
            })
            .collect();
        table(&["path", "kind", "params", "description"], &rows)
    });
    Ok(())
}
