//! The one Postgres of a run: a temporary server on a Unix socket, with the same rows for every contender.

use std::cell::Cell;

use anyhow::{Context as _, Result};
use stk_testkit::Server;
use tokio_postgres::NoTls;

const SETUP: &str = include_str!("../project/database.sql");
/// What everybody reads and writes.
const DATA: &str = "bench";
/// Where databases are made from.
const ADMIN: &str = "postgres";

/// Rows of `items`, from 1 up without a gap; 100 more follow, so that a page can start at any of these.
pub const ITEMS: u32 = 10_000;

#[derive(Debug)]
pub struct Database {
    server: Server,
    runtime: tokio::runtime::Runtime,
    /// Databases made for Hubs so far.
    hubs: Cell<u32>,
}

impl Database {
    /// Starts the server on the core of this process and fills it. `durable`: commits wait for the disk.
    pub fn start(durable: bool) -> Result<Database> {
        let durable = if durable { "on" } else { "off" };
        let settings =
            ["fsync", "synchronous_commit", "full_page_writes"].map(|name| format!("{name} = {durable}"));
        let server = Server::start(&settings.each_ref().map(String::as_str));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let database = Database { server, runtime, hubs: Cell::new(0) };
        database.execute(ADMIN, &format!("create database {DATA}"))?;
        database.execute(DATA, SETUP)?;
        database.execute(DATA, "vacuum analyze items")?;
        database.execute(DATA, "checkpoint")?;
        Ok(database)
    }

    /// Of the measured tables.
    pub fn url(&self) -> String {
        self.server.url(DATA)
    }

    /// The name of the measured database.
    pub fn name(&self) -> &'static str {
        DATA
    }

    /// Where Postgres' socket is, for drivers that take no URL of a socket.
    pub fn socket_folder(&self) -> Result<String> {
        let url = self.url();
        let host = url.split_once('@').and_then(|(_, rest)| rest.split_once('/')).map(|(host, _)| host);
        Ok(host.context("a URL without a host")?.replace("%2F", "/"))
    }

    /// Of a new, empty database, for the state of one Hub.
    pub fn empty(&self) -> Result<String> {
        let name = format!("hub_{}", self.hubs.replace(self.hubs.get() + 1));
        self.execute(ADMIN, &format!("create database {name}"))?;
        Ok(self.server.url(&name))
    }

    /// Of a role that may create databases.
    pub fn admin_url(&self) -> String {
        self.server.url(ADMIN)
    }

    /// The postmaster; every backend is its child.
    pub fn process(&self) -> u32 {
        self.server.pid().cast_unsigned()
    }

    /// Empties what inserts fill, so that each turn starts alike.
    pub fn empty_events(&self) -> Result<()> {
        self.execute(DATA, "truncate events restart identity")
    }

    fn execute(&self, database: &str, sql: &str) -> Result<()> {
        let url = self.server.url(database);
        self.runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&url, NoTls).await.context("connect to Postgres")?;
            let driver = tokio::spawn(connection);
            client.batch_execute(sql).await.with_context(|| format!("run `{sql:.60}`"))?;
            drop(client);
            driver.await?.context("close the connection")
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::SETUP;

    #[tokio::test]
    async fn the_tables_are_those_of_the_projects_schema() {
        let database = stk_testkit::Database::with(SETUP).await;
        let hcl = include_str!("../project/schema/main.hcl");
        let (model, diagnostics) = stk_schema::parse(&[("main.hcl".to_owned(), hcl)], &BTreeMap::new());
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let plan = stk_schema::plan(&mut database.connect().await, &model).await.unwrap();
        assert!(plan.is_empty(), "{plan:?}");
    }
}
