//! `stk schema apply`: a plan approved, begun on the Hub, and followed to its end. Ctrl-C asks it to stop.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use stk_contract::hub::schema::{
    PlannedHazard, SchemaApply, SchemaApplyRequest, SchemaApplyState, SchemaPlan,
};
use stk_contract::hub::{ApplyScope, Diagnostic, Severity};

use super::plan;
use crate::args::{self, Global};
use crate::commands;
use crate::failure::{Exit, Failure};
use crate::output::{Output, Progress, YELLOW, paint};
use crate::profile::Target;

/// How often the Hub is asked how far it is.
const POLL: Duration = Duration::from_millis(300);

pub async fn run(global: &Global, args: &args::SchemaApply, output: &Output) -> Result<(), Failure> {
    if args.dry_run {
        let args = args::Apply { dry_run: true, expect: args.expect, allow: args.allow.clone() };
        return commands::apply::run(global, &args, ApplyScope::Schema, output).await;
    }
    let target = Target::resolve(global)?;
    let made = match &args.plan {
        Some(file) => {
            let plan = plan::read(file)?;
            refuse_elsewhere(&plan, &target)?;
            plan
        }
        None => plan::make(&target, true, output).await?,
    };
    output.warnings(&made.diagnostics);
    let allow = approve(&made, args, output)?;
    let request =
        SchemaApplyRequest { plan: made.id, allow, expected_number: args.expect, shown: Some(made) };
    let begun: SchemaApply = target.hub.post(&target.path("/schema/applies"), &request).await?;
    let ended = follow(&target, begun, output).await?;
    finish(ended, &target, output)
}

/// A plan is for the environment that it was made for.
fn refuse_elsewhere(plan: &SchemaPlan, target: &Target) -> Result<(), Failure> {
    if (plan.project.as_str(), plan.env.as_str()) == (target.project.as_str(), target.env.as_str()) {
        return Ok(());
    }
    let message = format!(
        "the plan was made for {}/{}, not for {}/{}",
        plan.project, plan.env, target.project, target.env
    );
    Err(Failure::new(message).exit(Exit::Refused).hint("plan again for this environment"))
}

/// What is allowed, by flags or by a yes on the terminal.
fn approve(made: &SchemaPlan, args: &args::SchemaApply, output: &Output) -> Result<Vec<String>, Failure> {
    let Some(failure) = plan::open(made, &args.allow) else { return Ok(args.allow.clone()) };
    let can_ask =
        !args.yes && !output.is_json() && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !can_ask {
        return Err(Failure { diagnostics: hazards(made, &args.allow), ..failure });
    }
    output.say(plan::text(made));
    let mut stderr = std::io::stderr();
    // A terminal that is gone gives no answer either.
    let _ = write!(stderr, "{} allow all of this and apply? Type `yes`: ", paint(YELLOW, "hazards:"));
    let _ = stderr.flush();
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    match answer.trim() {
        "yes" => Ok(made.open_hazards.clone()),
        _ => Err(failure),
    }
}

/// The hazards that nobody has allowed, as diagnostics of the database.
fn hazards(made: &SchemaPlan, allowed: &[String]) -> Vec<Diagnostic> {
    let is_open = |hazard: &&PlannedHazard| hazard.needs_approval && !allowed.contains(&hazard.code);
    let mut found = Vec::new();
    for database in &made.databases {
        for step in &database.steps {
            for hazard in step.hazards.iter().filter(is_open) {
                let rows = hazard.rows.map(|rows| format!(" ({rows} rows)")).unwrap_or_default();
                found.push(Diagnostic {
                    severity: Severity::Error,
                    code: hazard.code.clone(),
                    file: format!("schema/{}.hcl", database.alias),
                    line: 0,
                    column: 0,
                    message: format!("{}: {}{rows}", step.summary, hazard.message),
                    hint: hazard.hint.clone(),
                    source: None,
                });
            }
        }
    }
    found
}

/// Waits for the end; at Ctrl-C asks for it, and still waits.
async fn follow(target: &Target, begun: SchemaApply, output: &Output) -> Result<SchemaApply, Failure> {
    let path = target.path(&format!("/schema/applies/{}", begun.id));
    let progress = output.progress("applying");
    let mut apply = begun;
    let mut is_stopping = false;
    while apply.state == SchemaApplyState::Running {
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            signal = tokio::signal::ctrl_c(), if !is_stopping => {
                if signal.is_ok() {
                    is_stopping = true;
                    target.hub.delete(&path).await?;
                }
            }
        }
        apply = target.hub.get(&path).await?;
        show(&progress, &apply, is_stopping);
    }
    Ok(apply)
}

/// One line: what runs, how far it is, whom it waits for.
fn show(progress: &Progress, apply: &SchemaApply, is_stopping: bool) {
    let done = apply.steps.iter().filter(|step| step.state == "done").count();
    let mut line = format!("{done}/{} steps", apply.steps.len());
    if let Some(step) = apply.steps.iter().find(|step| step.state == "running") {
        line.push_str(&format!("  {}: {}", step.alias, step.summary));
        if let Some(phase) = &step.phase {
            line.push_str(&format!("  {phase}"));
        }
        match step.total {
            Some(total) if total > 0 => {
                line.push_str(&format!(" {} {}%", bar(step.done, total), step.done * 100 / total))
            }
            _ if step.done > 0 => line.push_str(&format!(" {}", step.done)),
            _ => {}
        }
    }
    if let Some(whom) = &apply.waits_for {
        line.push_str(&format!("  waits for {whom}"));
    }
    if is_stopping {
        line = format!("stopping after what is under way; {line}");
    }
    progress.message(line);
}

fn bar(done: u64, total: u64) -> String {
    const WIDTH: u64 = 20;
    let filled = (done.min(total) * WIDTH / total) as usize;
    format!("[{}{}]", "=".repeat(filled), " ".repeat(WIDTH as usize - filled))
}

fn finish(ended: SchemaApply, target: &Target, output: &Output) -> Result<(), Failure> {
    match (ended.state, &ended.result, ended.problem) {
        (SchemaApplyState::Done, Some(result), _) => {
            output.warnings(&result.diagnostics);
            output.result(result, || commands::apply::summary(result, target, false));
            Ok(())
        }
        (_, _, Some(problem)) => Err(problem.into()),
        (SchemaApplyState::Interrupted, _, None) => {
            Err(Failure::new("the Hub that applied the schema is gone")
                .hint("`stk schema apply` goes on where it stopped"))
        }
        _ => Err(Failure::new("the Hub does not say how the apply ended")),
    }
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_never_overflows() {
        assert_eq!(bar(5, 10), "[==========          ]");
        assert_eq!(bar(20, 10), format!("[{}]", "=".repeat(20)));
        assert_eq!(bar(0, 10), format!("[{}]", " ".repeat(20)));
    }
}
