//! The case suite: one readable file a case under `tests/cases`.
//!
//! A file is a sequence of sections, each opened by a line `--- kind`:
//!
//! - `sql`: statements that run on the database as they are;
//! - `var name=value`: a value for a variable, no body;
//! - `hcl`: the desired schema (the file is called `main.hcl` in diagnostics);
//! - `plan`: the steps that the HCL above it must give. They are applied, and planning again must give none;
//! - `refused`: the diagnostics that parsing or planning must give instead.
//!
//! `UPDATE_CASES=1 cargo test -p stk-schema cases` writes what came out into the files, to be read before committing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use stk_schema::{ApplyOptions, Plan, PlanError, apply, parse, plan};
use stk_testkit::Database;
use tokio_postgres::Client;

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
    assert!(files.len() >= 40, "only {} cases in {}", files.len(), folder.display());
    let mut failures = Vec::new();
    for batch in files.chunks(8) {
        let runs: Vec<_> = batch.iter().cloned().map(|file| tokio::spawn(run(file))).collect();
        for (run, file) in runs.into_iter().zip(batch) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            match run.await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => failures.push(format!("{name}: {failure}")),
                Err(panic) => failures.push(format!("{name}: {panic}")),
            }
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
            "refused" => {
                let found = match steps(&mut client, &hcl, &variables).await {
                    Ok(plan) => Err(format!("expected a refusal, planned:\n{}", show(&plan)))?,
                    Err(refusal) => refusal,
                };
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
    expect(section, show(&plan))?;
    apply(client, &plan, &ApplyOptions::default()).await.map_err(|error| error.to_string())?;
    let again =
        steps(client, hcl, variables).await.map_err(|refusal| format!("planning again: {refusal}"))?;
    match again.is_empty() {
        true => Ok(()),
        false => Err(format!("planning again after the apply gives:\n{}", show(&again))),
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
    let outside = |in_transaction| if in_transaction { "" } else { "-- outside a transaction\n" };
    plan.steps.iter().map(|step| format!("{}{};\n", outside(step.in_transaction), step.sql)).collect()
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
