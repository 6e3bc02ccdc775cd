//! Steps that are committed together, with the ledger's note that they are done.

use std::ops::Range;

use tokio_postgres::Client;

use super::error::ApplyError;
use super::watch::Event;
use super::{Runner, is_transient, resume, set_timeouts};
use crate::postgres::failed;
use crate::snapshot::snapshot_within;

/// How one attempt ended: with the step that failed.
type Attempt = Result<(), (usize, tokio_postgres::Error)>;

impl Runner<'_> {
    /// Runs `steps` in one transaction, again from its start if a lock could not be had in time.
    pub(super) async fn transaction(
        &mut self,
        client: &mut Client,
        steps: Range<usize>,
    ) -> Result<(), ApplyError> {
        self.probe(client, steps.clone()).await?;
        let mut attempt = 1;
        loop {
            match self.attempt(client, steps.clone(), attempt).await? {
                Ok(()) => return Ok(()),
                Err((step, error)) if is_transient(&error) && attempt < self.options.attempts_max => {
                    self.watch.check_stop(self.done)?;
                    self.pause(client, step, attempt).await?;
                    attempt += 1;
                }
                Err((step, error)) => return Err(self.failure(client, step, &error).await),
            }
        }
    }

    async fn attempt(
        &mut self,
        client: &mut Client,
        steps: Range<usize>,
        attempt: u32,
    ) -> Result<Attempt, ApplyError> {
        let mut transaction = client.transaction().await.map_err(failed("begin the schema change"))?;
        if steps.start == 0 {
            // Once more, now that nothing comes between the check and the first step but this very transaction.
            let live = snapshot_within(&mut transaction, &self.plan.schemas).await?;
            resume::same(&self.plan.fingerprint, &self.plan.objects, &live)?;
        }
        for index in steps.clone() {
            let step = &self.plan.steps[index];
            set_timeouts(&transaction, step, self.options).await?;
            self.watch.tell(Event::Started { step: index });
            if let Err(error) = self.watch.statement(index, transaction.batch_execute(&step.sql)).await {
                // An error here changes nothing: without a commit the transaction is gone with its connection.
                let _ = transaction.rollback().await;
                return Ok(Err((index, error)));
            }
            self.watch.tell(Event::Ran { step: index });
        }
        let last = steps.end - 1;
        let catalog = snapshot_within(&mut transaction, &self.plan.schemas).await?;
        self.entry.steps_done(&transaction, steps, attempt, &catalog).await?;
        // Deferred constraints speak up now.
        Ok(transaction.commit().await.map_err(|error| (last, error)))
    }
}
