//! `stk deploy`, and the apply of each part: files go to the Hub, a checked release comes back.

use stk_contract::hub::{ApplyRequest, ApplyResult, ApplyScope};

use crate::args::{Apply, Global};
use crate::failure::Failure;
use crate::output::{BOLD, GREEN, Output, paint};
use crate::profile::Target;
use crate::project_folder::to_wire;

pub async fn deploy(global: &Global, args: Apply, output: &Output) -> Result<(), Failure> {
    run(global, &args, ApplyScope::Deploy, output).await
}

/// Sends what the scope covers and reports the release.
pub async fn run(global: &Global, args: &Apply, scope: ApplyScope, output: &Output) -> Result<(), Failure> {
    let target = Target::resolve(global)?;
    let files = target.folder()?.read()?;
    let request = ApplyRequest {
        scope,
        files: to_wire(&files),
        expected_number: args.expect,
        dry_run: args.dry_run,
        allow: args.allow.clone(),
    };
    let progress = output.progress(&format!("checking against {}/{}", target.project, target.env));
    let result: ApplyResult = target.hub.post(&target.path("/apply"), &request).await?;
    drop(progress);
    output.warnings(&result.diagnostics);
    output.result(&result, || summary(&result, &target, args.dry_run));
    Ok(())
}

/// What serves after it, and what it changed.
pub fn summary(result: &ApplyResult, target: &Target, dry_run: bool) -> String {
    let place = format!("{}/{}", target.project, target.env);
    let head = match (dry_run, result.changed) {
        (true, true) => {
            format!("{} {place} would change (release {} serves)", paint(GREEN, "checked"), result.number)
        }
        (_, false) => {
            format!("{} release {} of {place} already serves this", paint(GREEN, "unchanged"), result.number)
        }
        (false, true) => {
            format!("{} {place} serves release {}", paint(GREEN, "live"), paint(BOLD, result.number))
        }
    };
    format!("{head}\n{}", changes(result))
}

/// What a release changed, a line each.
pub fn changes(result: &ApplyResult) -> String {
    let steps = result.schema_steps.iter().map(|step| format!("  schema {}: {}\n", step.alias, step.summary));
    let logic = [("+", &result.logic.added), ("~", &result.logic.changed), ("-", &result.logic.removed)];
    let logic = logic
        .into_iter()
        .flat_map(|(mark, paths)| paths.iter().map(move |path| format!("  {mark} {path}\n")));
    steps.chain(logic).collect()
}
