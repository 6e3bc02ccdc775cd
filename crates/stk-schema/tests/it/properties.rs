//! What must hold of every schema: generated ones, each changed into another, on a real Postgres.
//!
//! - planning a schema that was applied gives nothing;
//! - applying the plan from one schema to another gives the other;
//! - what is inspected and written as HCL plans to nothing.
//!
//! Each pair is walked there and back. `STK_PROPERTY_CASES` says how many pairs; a failure prints both schemas.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stk_schema::{ApplyOptions, Plan, PlanError, apply, inspect, parse, plan, to_hcl};
use stk_testkit::Database;
use tokio_postgres::Client;

use super::schemas::Generated;

#[test]
fn every_schema_can_become_every_other() {
    let cases = std::env::var("STK_PROPERTY_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&any::<u64>(), |seed| {
        let first = Generated::new(seed);
        let second = first.changed(seed.rotate_left(17));
        runtime.block_on(holds(&first.hcl(), &second.hcl())).map_err(|failure| {
            let schemas = format!("--- first\n{}\n--- second\n{}", first.hcl(), second.hcl());
            TestCaseError::fail(format!("{failure}\n{schemas}"))
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

async fn holds(first: &str, second: &str) -> Result<(), String> {
    let database = Database::create().await;
    let mut client = database.connect().await;
    settle(&mut client, first).await.map_err(|error| format!("the first schema: {error}"))?;
    let there = settle(&mut client, second).await.map_err(|error| format!("the second schema: {error}"))?;
    let back = settle(&mut client, first).await.map_err(|error| format!("the way back: {error}"))?;
    assert_eq!(there.schemas, back.schemas);
    Ok(())
}

/// Plans and applies `hcl`; planning again, and planning what is inspected, must give nothing.
async fn settle(client: &mut Client, hcl: &str) -> Result<Plan, String> {
    let done = planned(client, hcl).await?;
    let applied = apply(client, &done, &ApplyOptions::default()).await;
    applied.map_err(|error| format!("{error}\n{}", steps(&done)))?;
    let again = planned(client, hcl).await?;
    if !again.is_empty() {
        return Err(format!("planning again gives:\n{}\nafter\n{}", steps(&again), steps(&done)));
    }
    let model = inspect(client, &done.schemas).await.map_err(|error| error.to_string())?;
    let written = to_hcl(&model);
    let inspected = planned(client, &written).await.map_err(|error| format!("{error}\nof\n{written}"))?;
    if !inspected.is_empty() {
        return Err(format!("planning what was inspected gives:\n{}\nof\n{written}", steps(&inspected)));
    }
    Ok(done)
}

async fn planned(client: &mut Client, hcl: &str) -> Result<Plan, String> {
    let (model, diagnostics) = parse(&[("main.hcl".to_owned(), hcl)], &BTreeMap::new());
    if !diagnostics.is_empty() {
        return Err(diagnostics.iter().map(|it| format!("{it}\n")).collect());
    }
    plan(client, &model).await.map_err(|error| match error {
        PlanError::Diagnostics(found) => found.iter().map(|it| format!("{it}\n")).collect(),
        other => other.to_string(),
    })
}

fn steps(plan: &Plan) -> String {
    plan.steps.iter().map(|step| format!("{};\n", step.sql)).collect()
}
