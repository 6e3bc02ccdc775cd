//! What Postgres says of a statement, against a real Postgres.

mod builtin;
mod describe;
mod null_cases;
mod nulls;
mod safety;

use stk_schema::statement::{Describer, Statement};
use stk_testkit::Database;
use tokio_postgres::NoTls;

/// A database with rows full of nulls, empty tables and all that makes columns null.
async fn database() -> Database {
    Database::with(include_str!("schema.sql")).await
}

async fn describer(database: &Database) -> Describer {
    let config = database.url.parse().expect("the URL of the test's database");
    Describer::connect(&config, NoTls).await.expect("a describer")
}

/// `id! name?`: the columns, `!` where never null.
fn columns(statement: &Statement) -> String {
    let column = |column: &stk_schema::statement::Column| {
        format!("{}{}", column.name, if column.nullable { '?' } else { '!' })
    };
    statement.columns.iter().map(column).collect::<Vec<_>>().join(" ")
}
