//! Steps that Postgres takes only outside a transaction: the ledger is told before and after, and what a kill leaves
//! in between is found out from the catalog.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::error::ApplyError;
use super::watch::Event;
use super::{Runner, is_transient, set_timeouts};
use crate::model::quote;
use crate::plan::Leftover;
use crate::postgres::{DatabaseError, failed};
use crate::snapshot::snapshot;

/// What stands of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IndexState {
    Absent,
    Invalid,
    Valid,
}

impl Runner<'_> {
    pub(super) async fn outside(&mut self, client: &mut Client, index: usize) -> Result<(), ApplyError> {
        let is_unsure = self.start.is_unsure && self.start.done == index;
        self.probe(client, index..index + 1).await?;
        self.entry.step_begins(client, index).await?;
        set_timeouts(client, &self.plan.steps[index], self.options).await?;
        let mut attempt = 1;
        loop {
            self.watch.tell(Event::Started { step: index });
            // What is there before the first attempt of a sure start is the plan's business, or in its way.
            let is_done = (is_unsure || attempt > 1) && self.settle(client, index).await?;
            let step = &self.plan.steps[index];
            let result = match is_done {
                true => Ok(()),
                false => self.watch.statement(index, client.batch_execute(&step.sql)).await,
            };
            match result {
                Ok(()) => break,
                // The statement had come to its end when the one who ran it was killed.
                Err(error) if is_unsure && is_done_already(&error) => break,
                Err(error) if is_transient(&error) && attempt < self.options.attempts_max => {
                    self.watch.check_stop(self.done)?;
                    self.pause(client, index, attempt).await?;
                    attempt += 1;
                }
                Err(error) => {
                    let failure = self.failure(client, index, &error).await;
                    // If this fails too, whoever goes on finds the invalid index.
                    let _ = self.settle(client, index).await;
                    return Err(failure);
                }
            }
        }
        self.watch.tell(Event::Ran { step: index });
        let catalog = snapshot(client, &self.plan.schemas).await?;
        let transaction = client.transaction().await.map_err(failed("write the ledger"))?;
        self.entry.steps_done(&transaction, index..index + 1, attempt, &catalog).await?;
        Ok(transaction.commit().await.map_err(failed("write the ledger"))?)
    }

    /// Drops the invalid index that an earlier attempt left; true where that attempt had built it whole.
    async fn settle(&mut self, client: &Client, index: usize) -> Result<bool, ApplyError> {
        let Some(Leftover::InvalidIndex { schema, name }) = &self.plan.steps[index].leftover else {
            return Ok(false);
        };
        match index_state(client, schema, name).await? {
            IndexState::Absent => Ok(false),
            IndexState::Valid => Ok(true),
            IndexState::Invalid => {
                let drop = format!("DROP INDEX CONCURRENTLY {}.{}", quote(schema), quote(name));
                client.batch_execute(&drop).await.map_err(failed("drop the invalid index"))?;
                Ok(false)
            }
        }
    }
}

async fn index_state(client: &Client, schema: &str, name: &str) -> Result<IndexState, DatabaseError> {
    let doing = failed("look for the index");
    let select = "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";
    let row = client.query_opt(select, &[&schema, &name]).await.map_err(&doing)?;
    let is_valid = row.map(|row| row.try_get::<_, bool>(0)).transpose().map_err(doing)?;
    Ok(match is_valid {
        None => IndexState::Absent,
        Some(false) => IndexState::Invalid,
        Some(true) => IndexState::Valid,
    })
}

/// What a statement says that was run once more after it had done its work.
fn is_done_already(error: &tokio_postgres::Error) -> bool {
    let codes = [
        SqlState::DUPLICATE_OBJECT,
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_COLUMN,
        SqlState::UNDEFINED_OBJECT,
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
    ];
    error.code().is_some_and(|code| codes.contains(code))
}
