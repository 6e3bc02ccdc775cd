//! Writing many rows in small transactions, so that nobody waits long for a row and a kill loses one batch at most.

use std::time::{Duration, Instant};

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::error::ApplyError;
use super::watch::Event;
use super::{Runner, is_transient, set_timeouts};
use crate::plan::{Backfill, Step};
use crate::postgres::failed;
use crate::snapshot::snapshot;

const ROWS_MIN: i64 = 50;

/// After each batch the writer rests for this share of the time that the batch took, so that others, and a standby
/// that follows, keep up.
const REST_SHARE: f64 = 0.2;

/// What one batch did.
struct Batch {
    /// The key of its last row; none where no row was left.
    last: Option<Vec<String>>,
    rows: i64,
}

impl Runner<'_> {
    pub(super) async fn backfill(&mut self, client: &mut Client, index: usize) -> Result<(), ApplyError> {
        let step = &self.plan.steps[index];
        let Some(Backfill { batch_rows, .. }) = step.backfill else { return Ok(()) };
        let (mut last, mut written) = match self.start.done == index {
            true => self.start.backfill.clone(),
            false => (None, 0),
        };
        self.probe(client, index..index + 1).await?;
        self.entry.step_begins(client, index).await?;
        self.watch.tell(Event::Started { step: index });
        let rows_max = i64::from(batch_rows).max(ROWS_MIN);
        // Begins small: how long a row takes, with its indexes and triggers, is not known yet.
        let mut rows = rows_max.min(1000);
        loop {
            self.watch.check_stop(self.done)?;
            let started = Instant::now();
            let batch = self.batch(client, index, last.as_deref(), rows).await?;
            let took = started.elapsed();
            written += batch.rows;
            if batch.last.is_none() {
                break;
            }
            last = batch.last;
            let done = written.unsigned_abs();
            let total = step.rows.map(|total| total.max(done));
            self.watch.tell(Event::Advanced { step: index, phase: "rows".to_owned(), done, total });
            rows = next_size(rows, took, self.options.batch_time).clamp(ROWS_MIN, rows_max);
            self.watch.pause(took.mul_f64(REST_SHARE), self.done).await?;
        }
        self.watch.tell(Event::Ran { step: index });
        let catalog = snapshot(client, &self.plan.schemas).await?;
        let transaction = client.transaction().await.map_err(failed("write the ledger"))?;
        self.entry.steps_done(&transaction, index..index + 1, 1, &catalog).await?;
        Ok(transaction.commit().await.map_err(failed("write the ledger"))?)
    }

    /// One batch, again where a row could not be locked in time.
    async fn batch(
        &mut self,
        client: &mut Client,
        index: usize,
        last: Option<&[String]>,
        rows: i64,
    ) -> Result<Batch, ApplyError> {
        let mut attempt = 1;
        loop {
            match self.attempt_batch(client, index, last, rows).await? {
                Ok(batch) => return Ok(batch),
                Err(error) if is_transient(&error) && attempt < self.options.attempts_max => {
                    self.watch.check_stop(self.done)?;
                    self.pause(client, index, attempt).await?;
                    attempt += 1;
                }
                Err(error) => return Err(self.failure(client, index, &error).await),
            }
        }
    }

    async fn attempt_batch(
        &mut self,
        client: &mut Client,
        index: usize,
        last: Option<&[String]>,
        rows: i64,
    ) -> Result<Result<Batch, tokio_postgres::Error>, ApplyError> {
        let step = &self.plan.steps[index];
        let transaction = client.transaction().await.map_err(failed("begin a batch"))?;
        let within = Step { in_transaction: true, ..step.clone() };
        set_timeouts(&transaction, &within, self.options).await?;
        let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&last, Type::TEXT_ARRAY), (&rows, Type::INT8)];
        let answer = self.watch.statement(index, transaction.query_typed(&step.sql, &values)).await;
        let read = answer.and_then(|found| match found.first() {
            Some(row) => Ok(Batch { last: row.try_get(0)?, rows: row.try_get(1)? }),
            None => Ok(Batch { last: None, rows: 0 }),
        });
        let batch = match read {
            Ok(batch) => batch,
            Err(error) => {
                let _ = transaction.rollback().await;
                return Ok(Err(error));
            }
        };
        let key = batch.last.as_deref().or(last);
        self.entry.batch_done(&transaction, index, key, batch.rows).await?;
        Ok(transaction.commit().await.map(|()| batch))
    }
}

/// How many rows the next batch has, so that it takes about `aim`. It never grows more than twofold at once.
fn next_size(rows: i64, took: Duration, aim: Duration) -> i64 {
    let factor = (aim.as_secs_f64() / took.as_secs_f64().max(0.001)).clamp(0.25, 2.0);
    (rows as f64 * factor) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_and_shrink_towards_the_time_they_should_take() {
        let aim = Duration::from_millis(100);
        assert_eq!(next_size(1000, Duration::from_millis(100), aim), 1000);
        assert_eq!(next_size(1000, Duration::from_millis(1), aim), 2000);
        assert_eq!(next_size(1000, Duration::from_millis(200), aim), 500);
        assert_eq!(next_size(1000, Duration::from_secs(60), aim), 250);
    }
}
