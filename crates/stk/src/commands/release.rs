//! `stk release`: what served when, and back to it.

use stk_contract::hub::{ApplyResult, ReleaseInfo, RollbackRequest};

use crate::args::{Global, Release};
use crate::failure::Failure;
use crate::output::{GREEN, Output, paint, table};
use crate::profile::Target;

pub async fn run(global: &Global, args: Release, output: &Output) -> Result<(), Failure> {
    let target = Target::resolve(global)?;
    match args {
        Release::List => {
            let releases: Vec<ReleaseInfo> = target.hub.get(&target.path("/releases")).await?;
            output.result(&releases, || {
                table(&["", "number", "release", "when", "who", "origin"], &rows(&releases))
            });
        }
        Release::Show { number } => {
            let release: ReleaseInfo = target.hub.get(&target.path(&format!("/releases/{number}"))).await?;
            output.result(&release, || {
                table(
                    &["", "number", "release", "when", "who", "origin"],
                    &rows(std::slice::from_ref(&release)),
                )
            });
        }
        Release::Rollback { number } => {
            let request = RollbackRequest { to: number, expected_number: None };
            let progress = output.progress("checking the release against the database");
            let result: ApplyResult = target.hub.post(&target.path("/rollback"), &request).await?;
            drop(progress);
            output.warnings(&result.diagnostics);
            output.result(&result, || {
                let changes = super::apply::changes(&result);
                format!(
                    "{} {}/{} serves release {}\n{changes}",
                    paint(GREEN, "live"),
                    target.project,
                    target.env,
                    result.number
                )
            });
        }
    }
    Ok(())
}

fn rows(releases: &[ReleaseInfo]) -> Vec<Vec<String>> {
    let row = |release: &ReleaseInfo| {
        vec![
            if release.live { "*" } else { "" }.to_owned(),
            release.number.to_string(),
            release.release.to_string()[..12].to_owned(),
            release.created_at.clone(),
            release.operator.clone(),
            release.origin.clone(),
        ]
    };
    releases.iter().map(row).collect()
}
