//! Schemas: what planning 20 changes costs among 200 tables and among 2,000, and what a rehearsal adds.
//!
//! The engine runs in this process, Postgres on its own core. Rows make no difference to a plan, so there are none.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use stk_schema::{ApplyOptions, Model, Plan, Rehearsal};
use tokio_postgres::{Client, NoTls};

use super::{Figure, ms};
use crate::database::Database;

const FEW: usize = 200;
const MANY: usize = 2_000;
/// Tables that change, spread over all of them.
const CHANGES: usize = 20;
/// Each table refers to the first of its group.
const GROUP: usize = 10;

pub fn measure(database: &Database, rounds: u32) -> Result<Vec<Figure>> {
    let (few, many) = (database.empty()?, database.empty()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let few = plans(few, FEW, rounds).await?;
        let many = plans(many, MANY, rounds).await?;
        let growth = many.plan.iter().zip(&few.plan).map(|(many, few)| many / few).collect();
        let against_raw = rehearsals(&few.url, rounds).await?;
        let figure = |what, unit, rounds, max| Figure { what, unit, rounds, max };
        Ok(vec![
            figure("plan of 20 schema changes among 200 tables", "ms", few.plan, 300.0),
            figure("of which Postgres answers questions about its catalog", "%", few.share, 100.0),
            figure("plan among 2,000 tables, in times of that among 200", "x", growth, 10.0),
            figure("rehearsal of the 20 changes, in times of a raw replay", "x", against_raw, 1.5),
        ])
    })
}

struct Measured {
    url: String,
    plan: Vec<f64>,
    /// Of the catalog's queries, in percent.
    share: Vec<f64>,
}

/// Plans the changes on a database that has the tables.
async fn plans(url: String, tables: usize, rounds: u32) -> Result<Measured> {
    let mut client = connect(&url).await?;
    let plan = stk_schema::plan(&mut client, &model(&schema(tables, 0, |_| true))?).await?;
    stk_schema::apply(&mut client, &plan, &ApplyOptions::default()).await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    let wanted = model(&schema(tables, CHANGES, |_| true))?;
    let schemas = wanted.managed_schemas();
    let mut measured = Measured { url, plan: Vec::new(), share: Vec::new() };
    for _ in 0..rounds {
        let started = Instant::now();
        let plan = stk_schema::plan(&mut client, &wanted).await?;
        let taken = ms(started.elapsed());
        ensure!(plan.steps.len() >= CHANGES, "only {} steps", plan.steps.len());
        let started = Instant::now();
        stk_schema::fingerprint(&mut client, &schemas).await?;
        stk_schema::inspect(&mut client, &schemas).await?;
        measured.share.push(100.0 * ms(started.elapsed()) / taken);
        measured.plan.push(taken);
    }
    Ok(measured)
}

/// Rehearsals in times of a raw replay: a new database, the statements that make what is touched, the plan's own.
async fn rehearsals(url: &str, rounds: u32) -> Result<Vec<f64>> {
    let (server, _) = url.rsplit_once('/').context("a URL with a database")?;
    let mut client = connect(url).await?;
    let wanted = model(&schema(FEW, CHANGES, |_| true))?;
    let rehearsal = Rehearsal::plan(&mut client, &wanted).await?;
    let touched = model(&schema(FEW, 0, |table| changes(FEW, table) || is_first_of_a_changed_group(table)))?;
    let mut ratios = Vec::new();
    for round in 0..rounds {
        let to = server.to_owned();
        let open = move |name: &str| -> stk_schema::Connecting {
            let url = format!("{to}/{name}");
            Box::pin(async move {
                let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
                tokio::spawn(connection);
                Ok(client)
            })
        };
        let started = Instant::now();
        rehearsal.run(&mut client, &open, &[], false).await?;
        let ours = started.elapsed();
        let name = format!("raw_{round}");
        let raw = raw_replay(&client, server, &name, &touched, rehearsal.as_plan()).await?;
        ratios.push(ms(ours) / raw);
    }
    Ok(ratios)
}

fn is_first_of_a_changed_group(table: usize) -> bool {
    table.is_multiple_of(GROUP) && (table..table + GROUP).any(|other| changes(FEW, other))
}

async fn raw_replay(client: &Client, server: &str, name: &str, touched: &Model, plan: &Plan) -> Result<f64> {
    // What makes the objects is worked out before the clock starts, in a database that is thrown away.
    client.batch_execute(&format!("CREATE DATABASE planned_{name}")).await?;
    let mut empty = connect(&format!("{server}/planned_{name}")).await?;
    let before = stk_schema::plan(&mut empty, touched).await?;
    drop(empty);
    client.batch_execute(&format!("DROP DATABASE planned_{name} WITH (FORCE)")).await?;
    let making: Vec<&str> = before.steps.iter().map(|step| step.sql.as_str()).collect();
    let making = making.join(";\n");
    let started = Instant::now();
    client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let scratch = connect(&format!("{server}/{name}")).await?;
    scratch.batch_execute(&making).await?;
    for batch in plan.batches() {
        let sql: Vec<&str> = batch.iter().map(|step| step.sql.as_str()).collect();
        scratch.batch_execute(&sql.join(";\n")).await?;
    }
    drop(scratch);
    client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
    Ok(ms(started.elapsed()))
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("connect to Postgres")?;
    tokio::spawn(connection);
    Ok(client)
}

fn model(hcl: &str) -> Result<Model> {
    let (model, diagnostics) = stk_schema::parse(&[("main.hcl".to_owned(), hcl)], &BTreeMap::new());
    match diagnostics.first() {
        None => Ok(model),
        Some(first) => Err(anyhow!("the bench's own schema: {first}")),
    }
}

/// Whether the table is one of the [`CHANGES`] among so many.
fn changes(tables: usize, table: usize) -> bool {
    table % (tables / CHANGES) == 3
}

/// Tables as a project has them; with `changed`, one change each in some: a column, an index, a longer varchar, a check,
/// a default.
fn schema(tables: usize, changed: usize, keep: impl Fn(usize) -> bool) -> String {
    let mut hcl = String::from("enum \"status\" { values = [\"new\", \"done\"] }\n");
    for table in (0..tables).filter(|table| keep(*table)) {
        let change = (changed > 0 && changes(tables, table)).then(|| table / (tables / CHANGES) % 5);
        let length = if change == Some(0) { 120 } else { 80 };
        let default = if change == Some(1) { "y" } else { "x" };
        let first = table / GROUP * GROUP;
        let more = match change {
            Some(2) => "  column \"extra\" {\n    type    = int\n    default = 7\n  }\n",
            Some(3) => "  index \"INDEX\" { columns = [column.at] }\n",
            Some(4) => "  check \"CHECK\" { expr = \"price < 1000000\" }\n",
            _ => "",
        };
        let more =
            more.replace("INDEX", &format!("t{table}_at")).replace("CHECK", &format!("t{table}_cheap"));
        let _ = writeln!(
            hcl,
            r#"table "t{table}" {{
  column "id" {{
    type = bigint
    identity {{}}
  }}
  column "parent" {{
    type = bigint
    null = true
  }}
  column "name" {{
    type    = varchar({length})
    default = "{default}"
  }}
  column "status" {{ type = enum.status }}
  column "price" {{ type = numeric(10, 2) }}
  column "at" {{
    type    = timestamptz
    default = sql("now()")
  }}
  primary_key {{ columns = [column.id] }}
  index "t{table}_name" {{ columns = [column.name, column.at] }}
  check "t{table}_price" {{ expr = "price > 0" }}
  foreign_key "t{table}_parent" {{
    columns     = [column.parent]
    ref_columns = [table.t{first}.column.id]
  }}
{more}}}"#
        );
    }
    hcl
}
