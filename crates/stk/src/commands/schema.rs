//! `stk schema`: the Hub plans and applies, this only shows.

use stk_contract::hub::{ApplyRequest, ApplyResult, ApplyScope};

use crate::args::{Global, Schema};
use crate::failure::Failure;
use crate::output::{DIM, Output, paint};
use crate::profile::Target;
use crate::project_folder::to_wire;

pub async fn run(global: &Global, args: Schema, output: &Output) -> Result<(), Failure> {
    match args {
        Schema::Plan => plan(global, output).await,
        Schema::Apply(args) => super::apply::run(global, &args, ApplyScope::Schema, output).await,
    }
}

async fn plan(global: &Global, output: &Output) -> Result<(), Failure> {
    let target = Target::resolve(global)?;
    let files = to_wire(&target.folder()?.read()?);
    let request = ApplyRequest { scope: ApplyScope::Schema, files, expected_number: None, dry_run: true };
    let progress = output.progress("planning");
    let result: ApplyResult = target.hub.post(&target.path("/apply"), &request).await?;
    drop(progress);
    output.warnings(&result.diagnostics);
    output.result(&result.schema_steps, || match result.schema_steps.as_slice() {
        [] => format!("the databases of {}/{} match schema/", target.project, target.env),
        steps => steps
            .iter()
            .map(|step| {
                format!("{}\n{};\n", paint(DIM, format!("-- {}: {}", step.alias, step.summary)), step.sql)
            })
            .collect(),
    });
    Ok(())
}
