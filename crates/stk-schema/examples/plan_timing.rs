//! How long planning takes on a schema of many tables: nothing to do, twenty changes, and words that Postgres prints
//! otherwise, so that each table is asked of it.
//!
//! `cargo run --release -p stk-schema --example plan_timing -- 200 2000`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use stk_schema::{Model, Plan, inspect, parse, plan};
use stk_testkit::Database;
use tokio_postgres::Client;

/// `changed` tables get a column more; the checks are in the user's words or as Postgres prints them.
fn schema(tables: usize, changed: usize, check: &str) -> String {
    let mut hcl = String::from("enum \"status\" { values = [\"new\", \"done\"] }\n");
    for index in 0..tables {
        let target = if index == 0 { 0 } else { index / 2 };
        let extra = if index % (tables / changed.max(1)).max(1) == 0 && changed > 0 {
            "  column \"extra\" {\n    type    = int\n    default = 7\n  }\n"
        } else {
            ""
        };
        write!(
            hcl,
            "table \"t{index}\" {{\n  column \"id\" {{ type = bigserial }}\n  column \"parent\" {{\n    type = bigint\n    null = true\n  }}\n  \
             column \"name\" {{\n    type    = varchar(80)\n    default = \"x\"\n  }}\n  column \"status\" {{ type = enum.status }}\n  \
             column \"price\" {{ type = numeric(10, 2) }}\n  column \"at\" {{\n    type    = timestamptz\n    default = sql(\"now()\")\n  }}\n{extra}  \
             primary_key {{ columns = [column.id] }}\n  index \"t{index}_name\" {{ columns = [column.name, column.at] }}\n  \
             check \"t{index}_price\" {{ expr = \"{check}\" }}\n  \
             foreign_key \"t{index}_parent\" {{\n    columns     = [column.parent]\n    ref_columns = [table.t{target}.column.id]\n  }}\n}}\n"
        )
        .expect("a string takes all");
    }
    hcl
}

fn read(hcl: &str) -> (Model, Duration) {
    let start = Instant::now();
    let (model, diagnostics) = parse(&[("main.hcl".to_owned(), hcl)], &BTreeMap::new());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    (model, start.elapsed())
}

async fn timed(client: &mut Client, what: &str, hcl: &str) -> Plan {
    let (model, reading) = read(hcl);
    let mut best = Duration::MAX;
    let mut last = None;
    for _ in 0..5 {
        let start = Instant::now();
        last = Some(plan(client, &model).await.expect("a plan"));
        best = best.min(start.elapsed());
    }
    let plan = last.expect("at least one run");
    println!("  {what:32} parse {reading:>9.1?}  plan {best:>9.1?}  {} steps", plan.steps.len());
    plan
}

#[tokio::main]
async fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    for tables in if sizes.is_empty() { vec![200] } else { sizes } {
        println!("{tables} tables");
        let database = Database::create().await;
        let mut client = database.connect().await;
        let printed = "price > (0)::numeric";
        let first = timed(&mut client, "from nothing", &schema(tables, 0, printed)).await;
        // In pieces: thousands of new tables in one transaction would run out of locks.
        for steps in first.steps.chunks(300) {
            let sql: Vec<&str> = steps.iter().map(|step| step.sql.as_str()).collect();
            client.batch_execute(&sql.join(";\n")).await.expect("the first plan runs");
        }
        let start = Instant::now();
        inspect(&mut client, &["public".to_owned()]).await.expect("a model");
        println!("  {:32} {:>9.1?}", "inspect alone", start.elapsed());
        timed(&mut client, "nothing to do", &schema(tables, 0, printed)).await;
        timed(&mut client, "20 changes", &schema(tables, 20, printed)).await;
        timed(&mut client, "20 changes, every check reworded", &schema(tables, 20, "price > 0")).await;
    }
}
