//! The case suite: one readable file a case under `tests/cases`.
//!
//! A file is a sequence of sections, each opened by a line `--- kind`:
//!
//! - `sql`: statements that run on the database as they are;
//! - `var name=value`: a value for a variable, no body;
//! - `hcl`: the desired schema (the file is called `main.hcl` in diagnostics);
//! - `plan`: the steps that the HCL above it must give, with their locks, hazards and probes. They are applied (each
//!   hazard's count must be a query that runs), and planning again must give none,
//!   and neither must planning what is inspected and written as HCL;
//! - `rows QUERY`: what the query must give then, a line a row;
//! - `refused`: the diagnostics that parsing or planning must give instead;
//! - `stopped`: why applying the plan must stop.
//!
//! `UPDATE_CASES=1 cargo test -p stk-schema cases` writes what came out into the files, to be read before committing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stk_schema::{ApplyOptions, Effort, Plan, PlanError, apply, inspect, parse, plan, to_hcl};
use stk_testkit::Database;
use tokio::sync::Semaphore;
use tokio_postgres::{Client, SimpleQueryMessage};

struct Section {
    kind: String,
    body: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "case"));
    files.sort();
    assert!(files.len() >= 150, "only {} cases in {}", files.len(), folder.display());
    if let Ok(only) = std::env::var("CASE") {
        files.retain(|file| file.to_string_lossy().contains(&only));
    }
    let at_once = Arc::new(Semaphore::new(8));
    let run_one = |file: PathBuf| {
        let at_once = Arc::clone(&at_once);
        async move {
            let _permit = at_once.acquire().await.expect("the semaphore stays open");
            run(file).await
        }
    };
    let runs: Vec<_> = files.iter().cloned().map(|file| tokio::spawn(run_one(file))).collect();
    let mut failures = Vec::new();
    for (run, file) in runs.into_iter().zip(&files) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        match run.await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => failures.push(format!("{name}: {failure}")),
            Err(panic) => failures.push(format!("{name}: {panic}")),
        }
    }
    assert!(failures.is_empty(), "{} cases fail:\n\n{}", failures.len(), failures.join("\n\n"));
}

async fn run(file: PathBuf) -> Result<(), String> {
    let text = std::fs::read_to_string(&file).expect("a readable case");
    let (head, mut sections) = split(&text);
    let outcome = play(&mut sections).await;
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&file, join(&head, &sections)).expect("a writable case");
    }
    outcome
}

async fn play(sections: &mut [Section]) -> Result<(), String> {
    let database = Database::create().await;
    let mut client = database.connect().await;
    let mut variables = BTreeMap::new();
    let mut hcl = String::new();
    for section in sections {
        match section.kind.as_str() {
            "sql" => {
                let ran = client.batch_execute(&section.body).await;
                ran.map_err(|error| format!("the case's own SQL fails: {:?}", error.as_db_error()))?;
            }
            "hcl" => hcl.clone_from(&section.body),
            "plan" => planned(&mut client, &hcl, &variables, section).await?,
            "stopped" => {
                let plan = steps(&mut client, &hcl, &variables).await?;
                let found = match apply(&mut client, &plan, &ApplyOptions::default()).await {
                    Ok(_) => return Err(format!("expected a stop, applied:\n{}", show(&plan))),
                    Err(error) => format!("{error}\n"),
                };
                expect(section, found)?;
            }
            "refused" => {
                let found = match steps(&mut client, &hcl, &variables).await {
                    Ok(plan) => Err(format!("expected a refusal, planned:\n{}", show(&plan)))?,
                    Err(refusal) => refusal,
                };
                expect(section, found)?;
            }
            other if other.starts_with("rows ") => {
                let found = rows(&client, &other["rows ".len()..]).await?;
                expect(section, found)?;
            }
            other => match other.strip_prefix("var ").and_then(|pair| pair.split_once('=')) {
                Some((name, value)) => {
                    variables.insert(name.to_owned(), value.to_owned());
                }
                None => return Err(format!("there is no section `{other}`")),
            },
        }
    }
    Ok(())
}

async fn planned(
    client: &mut Client,
    hcl: &str,
    variables: &BTreeMap<String, String>,
    section: &mut Section,
) -> Result<(), String> {
    let plan = steps(client, hcl, variables).await?;
    for (_, hazard) in plan.hazards() {
        if let Some(count) = &hazard.count {
            let counted = client.query_one(count, &[]).await;
            counted.map_err(|error| format!("the count of {}: {error:?}\n{count}", hazard.code))?;
        }
    }
    expect(section, show(&plan))?;
    apply(client, &plan, &ApplyOptions::default()).await.map_err(|error| error.to_string())?;
    let again =
        steps(client, hcl, variables).await.map_err(|refusal| format!("planning again: {refusal}"))?;
    if !again.is_empty() {
        return Err(format!("planning again after the apply gives:\n{}", show(&again)));
    }
    inspected(client, &plan).await
}

/// What is inspected and written as HCL must plan to nothing.
async fn inspected(client: &mut Client, plan: &Plan) -> Result<(), String> {
    let model = inspect(client, &plan.schemas).await.map_err(|error| error.to_string())?;
    let written = to_hcl(&model);
    let again = steps(client, &written, &BTreeMap::new()).await;
    let again = again.map_err(|refusal| format!("what was inspected is refused: {refusal}\n{written}"))?;
    match again.is_empty() {
        true => Ok(()),
        false => Err(format!("planning what was inspected gives:\n{}\nof\n{written}", show(&again))),
    }
}

/// The plan, or the diagnostics as text.
async fn steps(client: &mut Client, hcl: &str, variables: &BTreeMap<String, String>) -> Result<Plan, String> {
    let (model, diagnostics) = parse(&[("main.hcl".to_owned(), hcl)], variables);
    let text = |diagnostics: &[stk_schema::Diagnostic]| {
        diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect::<String>()
    };
    if !diagnostics.is_empty() {
        return Err(text(&diagnostics));
    }
    plan(client, &model).await.map_err(|error| match error {
        PlanError::Diagnostics(diagnostics) => text(&diagnostics),
        PlanError::Database(error) => panic!("{error}"),
    })
}

fn show(plan: &Plan) -> String {
    let mut text = String::new();
    for it in &plan.unmanaged {
        text.push_str(&format!("-- unmanaged: {} {}.{}\n", it.kind, it.schema, it.name));
    }
    for step in &plan.steps {
        let mut note = |line: String| text.push_str(&format!("-- {line}\n"));
        match (&step.backfill, step.in_transaction, step.starts_anew) {
            (Some(backfill), ..) => note(format!("in batches of {}", backfill.batch_rows)),
            (None, false, _) => note("outside a transaction".to_owned()),
            (None, true, true) => note("new transaction".to_owned()),
            (None, true, false) => {}
        }
        let effort = match step.effort {
            Effort::Catalog => "",
            Effort::Scan => ", reads it",
            Effort::Build => ", builds an index",
            Effort::Rewrite => ", writes every row",
        };
        for lock in &step.locks {
            note(format!("{} on {}.{}{effort}", lock.level.as_sql(), lock.schema, lock.table));
        }
        for hazard in &step.hazards {
            let hint = hazard.hint.as_deref().map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
            note(format!("{}: {}{hint}", hazard.code, hazard.message));
        }
        if let Some(probe) = &step.probe {
            note(format!("must be empty: {}", probe.sql));
        }
        text.push_str(&format!("{};\n", step.sql));
    }
    text
}

async fn rows(client: &Client, query: &str) -> Result<String, String> {
    let found = client.simple_query(query).await.map_err(|error| format!("{query}: {error:?}"))?;
    let mut text = String::new();
    for message in found {
        if let SimpleQueryMessage::Row(row) = message {
            let values: Vec<&str> = (0..row.len()).map(|index| row.get(index).unwrap_or("NULL")).collect();
            text.push_str(&format!("{}\n", values.join(" | ")));
        }
    }
    Ok(text)
}

fn expect(section: &mut Section, found: String) -> Result<(), String> {
    let expected = std::mem::replace(&mut section.body, found);
    if expected.trim() == section.body.trim() || std::env::var_os("UPDATE_CASES").is_some() {
        return Ok(());
    }
    Err(format!("expected {}:\n{expected}\nfound:\n{}", section.kind, section.body))
}

/// What stands before the first section, and the sections.
fn split(text: &str) -> (String, Vec<Section>) {
    let (mut head, mut sections) = (String::new(), Vec::<Section>::new());
    for line in text.lines() {
        match (line.strip_prefix("--- "), sections.last_mut()) {
            (Some(kind), _) => sections.push(Section { kind: kind.trim().to_owned(), body: String::new() }),
            (None, Some(section)) => section.body.push_str(&format!("{line}\n")),
            (None, None) => head.push_str(&format!("{line}\n")),
        }
    }
    (head, sections)
}

fn join(head: &str, sections: &[Section]) -> String {
    let section = |section: &Section| match section.body.trim_matches('\n') {
        "" => format!("--- {}\n", section.kind),
        body => format!("--- {}\n{body}\n\n", section.kind),
    };
    let text = sections.iter().map(section).collect::<String>();
    format!("{head}{}\n", text.trim_end())
}
