//! Asking, before a step that depends on rows runs, whether they let it.

use std::ops::Range;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::Runner;
use super::error::ApplyError;
use crate::plan::{HazardCode, Probe};
use crate::postgres::failed;

impl Runner<'_> {
    /// Asks the probes of steps that are about to run, before any lock is taken.
    pub(super) async fn probe(&mut self, client: &Client, steps: Range<usize>) -> Result<(), ApplyError> {
        for index in steps {
            let Some(probe) = &self.plan.steps[index].probe else { continue };
            self.watch.check_stop(self.done)?;
            // A scan that blocks nobody may take its time.
            let settings = "SET statement_timeout = 0; SET lock_timeout = 0";
            client.batch_execute(settings).await.map_err(failed("set the timeouts"))?;
            match self.watch.statement(index, client.query(&probe.sql, &[])).await {
                Ok(rows) if rows.is_empty() => {}
                Ok(_) => return Err(self.refusal(index, probe)),
                // An earlier step of the same transaction makes what it asks about: then no row is there yet, or the
                // step itself meets them.
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(self.failure(client, index, &error).await),
            }
        }
        Ok(())
    }

    fn refusal(&self, index: usize, probe: &Probe) -> ApplyError {
        let Probe { code, message, hint, .. }: &Probe = probe;
        let code: HazardCode = *code;
        ApplyError::Probe {
            number: index + 1,
            total: self.plan.steps.len(),
            summary: self.plan.steps[index].summary.clone(),
            code,
            message: message.clone(),
            hint: hint.clone(),
            committed: self.done,
        }
    }
}

fn is_missing(error: &tokio_postgres::Error) -> bool {
    let missing = [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_OBJECT,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::INVALID_SCHEMA_NAME,
    ];
    error.code().is_some_and(|code| missing.contains(code))
}
