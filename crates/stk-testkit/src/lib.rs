//! A real Postgres for tests: one temporary server a test process, one fresh database a test.
//!
//! The server listens on a Unix socket in a temporary folder only, runs as an unprivileged user when the tests
//! run as root, and ends with the process that started it. It does not mimic production settings: `fsync` is off.

mod server;

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

pub use server::Server;

/// One database of the shared server, dropped with the server.
#[derive(Debug, Clone)]
pub struct Database {
    /// Connection URL of the superuser, usable by tokio-postgres and libpq alike.
    pub url: String,
    pub name: String,
}

static NEXT: AtomicU32 = AtomicU32::new(1);

impl Database {
    /// An empty database.
    pub async fn create() -> Database {
        Database::from_template("template0").await
    }

    /// A copy of the database `template`, which nobody may be connected to.
    pub async fn from_template(template: &str) -> Database {
        let server = Server::shared();
        let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let admin = connect(&server.url("postgres")).await;
        admin
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .expect("create the test's database");
        Database { url: server.url(&name), name }
    }

    /// An empty database prepared with `sql`.
    pub async fn with(sql: &str) -> Database {
        let database = Database::create().await;
        database.execute(sql).await;
        database
    }

    /// A connection of its own, driven by a task in the background.
    pub async fn connect(&self) -> tokio_postgres::Client {
        connect(&self.url).await
    }

    /// Runs `sql`, which may hold several statements.
    pub async fn execute(&self, sql: &str) {
        self.connect().await.batch_execute(sql).await.unwrap_or_else(|error| panic!("{error:?} in: {sql}"));
    }
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .unwrap_or_else(|error| panic!("connect to {url}: {error:?}"));
    tokio::spawn(connection);
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn databases_are_fresh_and_apart() {
        let (a, b) = (Database::with("create table t (x int)").await, Database::create().await);
        let count = "select count(*) from pg_class where relname = 't'";
        let in_a: i64 = a.connect().await.query_one(count, &[]).await.unwrap().get(0);
        let in_b: i64 = b.connect().await.query_one(count, &[]).await.unwrap().get(0);
        assert_eq!((in_a, in_b), (1, 0));
    }
}
