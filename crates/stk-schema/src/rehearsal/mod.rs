//! Rehearsal: a plan is run on an empty copy of what it touches, and the copy must then be what the files ask for.
//!
//! The copy is a scratch database where the role may create one (`database`), else schemas in the place of the real
//! ones within a transaction that is rolled back (`schemas`). Either way the plan's own statements run, to the letter
//! but for `CONCURRENTLY` in a transaction, and no row is read. Statements of logic are prepared before and after, so
//! that those which stop working are known by name.

mod closure;
mod database;
mod run;
mod schemas;

use std::future::Future;
use std::pin::Pin;

use tokio_postgres::Client;

use crate::diff::diff;
use crate::model::{Model, Schema};
use crate::plan::{Plan, PlanError, Planned, steps_between, work_out};
use crate::postgres::{DatabaseError, failed};
use closure::Closure;

pub use database::ScratchDatabase;

/// A connection that is being opened.
pub type Connecting = Pin<Box<dyn Future<Output = Result<Client, tokio_postgres::Error>> + Send>>;

/// Opens a connection of the role that plans, to another database of the same server.
pub type Connect<'a> = &'a (dyn Fn(&str) -> Connecting + Send + Sync);

/// A plan that is worked out and can be rehearsed.
pub struct Rehearsal {
    planned: Planned,
}

/// What a rehearsal found.
#[derive(Debug)]
pub struct Rehearsed {
    /// How many objects were copied.
    pub objects: usize,
    /// Statements that were prepared before the plan and are refused after it.
    pub broken: Vec<BrokenStatement>,
    /// The copy as the plan leaves it, where it was asked for and could be made. To be removed by the caller.
    pub scratch: Option<ScratchDatabase>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenStatement {
    /// Its place among the statements given.
    pub index: usize,
    /// What Postgres says of it.
    pub message: String,
}

#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// What the plan touches can not be copied: it stands on something that the schema files can not say.
    #[error("the plan can not be rehearsed: a copy of what it touches can not be built: {message}\n{sql}")]
    Copy { sql: String, message: String },
    #[error("the plan fails in its rehearsal: step {number} of {total} ({summary}): {message}\n{sql}")]
    Step {
        /// From 1.
        number: usize,
        total: usize,
        summary: String,
        sql: String,
        message: String,
    },
    #[error("after its rehearsal the plan leaves more to do: {}", .0.join("; "))]
    Differs(Vec<String>),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Rehearsal {
    /// Works out the plan: see [`crate::plan()`].
    ///
    /// # Errors
    /// As [`crate::plan()`].
    pub async fn plan(client: &mut Client, desired: &Model) -> Result<Rehearsal, PlanError> {
        Ok(Rehearsal { planned: work_out(client, desired).await? })
    }

    pub fn as_plan(&self) -> &Plan {
        &self.planned.plan
    }

    pub fn into_plan(self) -> Plan {
        self.planned.plan
    }

    /// Rehearses it. `statements` are those of logic; `keep` asks for the copy to stay, for who looks at it further.
    ///
    /// # Errors
    /// [`RehearsalError`]; nothing is left behind then.
    pub async fn run(
        &self,
        client: &mut Client,
        connect: Connect<'_>,
        statements: &[&str],
        keep: bool,
    ) -> Result<Rehearsed, RehearsalError> {
        let Planned { plan, live, desired } = &self.planned;
        let closure = Closure::of(live, &plan.steps, statements);
        let goal = Goal {
            plan,
            before: closure.before(live),
            after: closure.after(live, desired),
            objects: closure.len(),
            statements,
        };
        if may_create_databases(client).await? {
            database::rehearse(client, connect, &goal, keep).await
        } else {
            schemas::rehearse(client, &goal).await
        }
    }
}

/// What is rehearsed.
struct Goal<'a> {
    plan: &'a Plan,
    before: Model,
    after: Model,
    objects: usize,
    statements: &'a [&'a str],
}

impl Goal<'_> {
    /// The statements that build the copy, on a database that has `there` already.
    fn build(&self, there: &Model) -> Result<Vec<String>, RehearsalError> {
        let steps = steps_between(there, &self.before)
            .map_err(|error| RehearsalError::Copy { sql: String::new(), message: error.to_string() })?;
        Ok(steps.into_iter().map(|step| step.sql).collect())
    }

    /// Refuses a copy that is not what the files ask for.
    fn compare(&self, copy: &Model) -> Result<(), RehearsalError> {
        if diff(copy, &self.after).is_empty() {
            return Ok(());
        }
        match steps_between(copy, &self.after) {
            Ok(steps) => Err(RehearsalError::Differs(steps.into_iter().map(|step| step.summary).collect())),
            Err(error) => Err(RehearsalError::Differs(vec![error.to_string()])),
        }
    }
}

/// An empty database as Postgres makes it, as far as it is to be looked at.
fn nothing(schemas: &Model) -> Model {
    let mut model = Model::default();
    if schemas.schemas.contains_key("public") {
        model.schemas.insert("public".to_owned(), Schema::default());
    }
    model
}

async fn may_create_databases(client: &Client) -> Result<bool, DatabaseError> {
    let doing = failed("ask what the role may do");
    let select = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user";
    let row = client.query_one(select, &[]).await.map_err(&doing)?;
    row.try_get(0).map_err(doing)
}
