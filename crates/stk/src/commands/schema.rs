//! `stk schema`: the Hub plans and applies, this shows and approves.

mod apply;
mod diff;
mod plan;

use stk_contract::hub::schema::{SchemaInspectRequest, SchemaInspection};

use crate::args::{Global, Schema};
use crate::failure::Failure;
use crate::output::{Output, YELLOW, paint};
use crate::profile::Target;

pub async fn run(global: &Global, args: Schema, output: &Output) -> Result<(), Failure> {
    match args {
        Schema::Plan(args) => plan::run(global, &args, output).await,
        Schema::Apply(args) => apply::run(global, &args, output).await,
        Schema::Inspect { alias, schemas } => inspect(global, alias, schemas, output).await,
        Schema::Diff { a, b, alias } => diff::run(global, (&a, &b), alias, output).await,
    }
}

async fn inspect(
    global: &Global,
    alias: String,
    schemas: Vec<String>,
    output: &Output,
) -> Result<(), Failure> {
    let target = Target::resolve(global)?;
    let request = SchemaInspectRequest { alias, schemas };
    let progress = output.progress("reading the catalog");
    let found: SchemaInspection = target.hub.post(&target.path("/schema/inspect"), &request).await?;
    drop(progress);
    output.result(&found, || {
        // As comments, so that the text stays HCL.
        let left_out: String = found.unmanaged.iter().map(|it| format!("# not in here: {it}\n")).collect();
        format!("{}{left_out}", found.hcl)
    });
    if !found.unmanaged.is_empty() {
        output.warn(&format!(
            "{} {} objects have no HCL and are never touched",
            paint(YELLOW, "note:"),
            found.unmanaged.len()
        ));
    }
    Ok(())
}
