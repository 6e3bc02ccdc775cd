//! `stk schema plan`: what would change, with its hazards; to a file for who approves it.

use std::path::Path;

use stk_contract::hub::schema::{PlannedHazard, PlannedStep, SchemaPlan, SchemaPlanRequest};

use crate::args::{self, Global};
use crate::failure::{Doing as _, Exit, Failure};
use crate::output::{BOLD, CYAN, DIM, GREEN, Output, RED, YELLOW, paint};
use crate::profile::Target;
use crate::project_folder::to_wire;

pub async fn run(global: &Global, args: &args::SchemaPlan, output: &Output) -> Result<(), Failure> {
    let target = Target::resolve(global)?;
    let plan = make(&target, !args.no_rehearsal, output).await?;
    if let Some(file) = &args.out {
        let text = serde_json::to_string_pretty(&plan).expect("a plan is JSON");
        std::fs::write(file, text).doing(|| format!("can not write {}", file.display()))?;
    }
    output.warnings(&plan.diagnostics);
    output.result(&plan, || text(&plan));
    match open(&plan, &[]) {
        Some(failure) => Err(Failure { is_told: true, ..failure }),
        None => Ok(()),
    }
}

/// Has the Hub plan the schema of the project's folder.
pub async fn make(target: &Target, rehearsal: bool, output: &Output) -> Result<SchemaPlan, Failure> {
    let files = to_wire(&target.folder()?.read()?);
    let progress = output.progress(if rehearsal { "planning and rehearsing" } else { "planning" });
    let plan = target.hub.post(&target.path("/schema/plan"), &SchemaPlanRequest { files, rehearsal }).await;
    drop(progress);
    plan
}

/// Reads what [`run`] wrote.
pub fn read(file: &Path) -> Result<SchemaPlan, Failure> {
    let text = std::fs::read_to_string(file).doing(|| format!("can not read {}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(format!("{} is no plan of this `stk`: {error}", file.display())).exit(Exit::Refused)
    })
}

/// The refusal, where a hazard is not in `allowed`.
pub fn open(plan: &SchemaPlan, allowed: &[String]) -> Option<Failure> {
    let is_allowed = |code: &String| allowed.iter().any(|it| it.eq_ignore_ascii_case(code));
    let open: Vec<&str> = plan.open_hazards.iter().filter(|it| !is_allowed(it)).map(String::as_str).collect();
    if open.is_empty() {
        return None;
    }
    let flags: Vec<String> = open.iter().map(|code| format!("--allow {code}")).collect();
    Some(
        Failure::new(format!("the plan has hazards that nobody has allowed: {}", open.join(", ")))
            .exit(Exit::Refused)
            .hint(format!("read them, then `stk schema apply {}`", flags.join(" "))),
    )
}

/// The plan as people read it.
pub fn text(plan: &SchemaPlan) -> String {
    if plan.is_empty() {
        return format!(
            "{} the databases of {}/{} match schema/",
            paint(GREEN, "unchanged"),
            plan.project,
            plan.env
        );
    }
    let mut text = String::new();
    for database in &plan.databases {
        let rehearsed = if database.rehearsed { ", rehearsed" } else { "" };
        let head =
            format!("{}: {} steps by {}{rehearsed}", database.alias, database.steps.len(), database.engine);
        text.push_str(&format!("{}\n", paint(BOLD, head)));
        if let Some(resumes) = &database.resumes {
            text.push_str(&format!(
                "  goes on with what `{}` began at {}: {} steps are done\n",
                resumes.operator, resumes.started_at, resumes.done
            ));
        }
        text.push_str(&steps(&database.steps));
        for unmanaged in &database.unmanaged {
            text.push_str(&format!("  {}\n", paint(DIM, format!("never touched: {unmanaged}"))));
        }
    }
    text.push_str(&format!("plan {}\n", paint(DIM, plan.id)));
    text
}

/// Steps, a line each, with their SQL and hazards below.
pub fn steps(steps: &[PlannedStep]) -> String {
    let mut text = String::new();
    for (index, step) in steps.iter().enumerate() {
        let mark = match (step.joins_previous, step.in_transaction) {
            (true, _) => "and in the same transaction",
            (false, true) => "in a transaction",
            (false, false) => "by itself",
        };
        let rows = step.rows.map(|rows| format!(", about {rows} rows")).unwrap_or_default();
        let locks =
            if step.locks.is_empty() { String::new() } else { format!(", {}", step.locks.join(", ")) };
        text.push_str(&format!(
            "  {} {} {}\n",
            paint(CYAN, format!("{}.", index + 1)),
            step.summary,
            paint(DIM, format!("({mark}{rows}{locks})"))
        ));
        for line in step.sql.lines() {
            text.push_str(&format!("     {}\n", paint(DIM, line)));
        }
        for hazard in &step.hazards {
            text.push_str(&self::hazard(hazard));
        }
    }
    text
}

/// A hazard with the rows that it concerns.
pub fn hazard(hazard: &PlannedHazard) -> String {
    let style = if hazard.needs_approval { RED } else { YELLOW };
    let rows = hazard.rows.map(|rows| format!(" ({rows} rows)")).unwrap_or_default();
    let hint = hazard.hint.as_ref().map(|hint| format!("       {} {hint}\n", paint(CYAN, "hint:")));
    format!("     {} {}{rows}\n{}", paint(style, &hazard.code), hazard.message, hint.unwrap_or_default())
}
