//! Why an apply ended before its last step, and what stands then.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::{HazardCode, Plan};
use crate::postgres::{DatabaseError, describe};

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Somebody else holds the lock for schema changes.
    #[error("another schema apply is running on this database{}", .0.as_ref().map(|it| format!(": {it}")).unwrap_or_default())]
    Busy(Option<Box<Holder>>),
    #[error("the database has changed since the plan was made: {}", drift(.planned, .found, .changes))]
    Drift {
        /// The fingerprint that the plan, or the ledger after its last step, has.
        planned: String,
        found: String,
        /// Such as `public.users has changed`.
        changes: Vec<String>,
    },
    /// The rows that are there would make the step fail.
    #[error("step {number} of {total} ({summary}) can not be done: {message} [{code}]{}", kept(*.committed))]
    Probe {
        /// From 1.
        number: usize,
        total: usize,
        summary: String,
        code: HazardCode,
        message: String,
        hint: Option<String>,
        committed: usize,
    },
    /// A statement failed. What its transaction had done is undone; `committed` steps before it stay.
    #[error("step {number} of {total} ({summary}) failed: {message}\n{sql}{}", kept(*.committed))]
    Step {
        /// From 1.
        number: usize,
        total: usize,
        summary: String,
        sql: String,
        message: String,
        committed: usize,
    },
    /// The caller asked for it.
    #[error("the apply was stopped{}", kept(*.committed))]
    Stopped { committed: usize },
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

fn kept(committed: usize) -> String {
    match committed {
        0 => "\nnothing was changed".to_owned(),
        1 => "\nthe step before it is done; apply again to go on from here".to_owned(),
        _ => format!("\nthe {committed} steps before it are done; apply again to go on from here"),
    }
}

fn drift(planned: &str, found: &str, changes: &[String]) -> String {
    match changes {
        [] => format!("its fingerprint is {found}, the plan's {planned}"),
        changes => changes.join(", "),
    }
}

impl ApplyError {
    pub(super) fn step(plan: &Plan, index: usize, committed: usize, message: String) -> ApplyError {
        let step = &plan.steps[index];
        ApplyError::Step {
            number: index + 1,
            total: plan.steps.len(),
            summary: step.summary.clone(),
            sql: step.sql.clone(),
            message,
            committed,
        }
    }

    pub(super) fn statement(
        plan: &Plan,
        index: usize,
        committed: usize,
        error: &tokio_postgres::Error,
    ) -> ApplyError {
        ApplyError::step(plan, index, committed, describe(error))
    }
}

/// Who holds the lock for schema changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Of the server process.
    pub pid: i32,
    pub application_name: String,
    /// As the ledger has it; absent where the holder has not written there yet.
    pub operator: Option<String>,
    /// RFC 3339: when the apply began, else when the session did; absent where the role may not see it.
    pub since: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} (`{}`)", self.pid, self.application_name)?;
        if let Some(operator) = &self.operator {
            write!(f, " of `{operator}`")?;
        }
        match &self.since {
            Some(since) => write!(f, " since {since}"),
            None => Ok(()),
        }
    }
}

/// Who holds a lock on a table that a step wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    pub pid: i32,
    pub application_name: String,
    /// Postgres' word: `active`, `idle in transaction`.
    pub state: Option<String>,
    /// Seconds since its transaction began.
    pub seconds: Option<i64>,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} (`{}`", self.pid, self.application_name)?;
        if let Some(state) = &self.state {
            write!(f, ", {state}")?;
        }
        if let Some(seconds) = self.seconds {
            write!(f, " for {seconds} s")?;
        }
        f.write_str(")")
    }
}
