//! What others see of an apply while it runs, and how it is stopped.
//!
//! Postgres tells of an index build only to other sessions, so progress needs a connection beside the one that works.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Row};

use super::error::{ApplyError, Blocker, Holder};
use crate::model::quote;
use crate::plan::Step;
use crate::postgres::{DatabaseError, failed};

/// How often Postgres is asked how far an index build is.
const POLL: Duration = Duration::from_millis(500);

/// What happens during an apply. Steps are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Another apply works on the database; this one waits for it.
    Queued {
        holder: Option<Holder>,
    },
    /// An earlier apply of the same plan had done the first steps.
    Resumed {
        steps: usize,
    },
    Started {
        step: usize,
    },
    /// A lock was not to be had; it is tried again after a pause.
    Waiting {
        step: usize,
        attempt: u32,
        blockers: Vec<Blocker>,
    },
    /// How far a step is, in units of its own (blocks, rows).
    Advanced {
        step: usize,
        phase: String,
        done: u64,
        total: Option<u64>,
    },
    /// Its statement has run; in a transaction it is not committed yet.
    Ran {
        step: usize,
    },
    /// It is committed, and in the ledger.
    Done {
        step: usize,
    },
}

#[derive(Default)]
pub(super) struct Watch<'a> {
    pub monitor: Option<&'a Client>,
    pub observer: Option<&'a mut (dyn FnMut(Event) + Send)>,
    pub stop: Option<tokio::sync::watch::Receiver<bool>>,
    /// The server process that works.
    pid: i32,
}

impl Watch<'_> {
    /// Learns which server process works.
    pub async fn attach(&mut self, client: &Client) -> Result<(), DatabaseError> {
        let doing = failed("prepare the session");
        let row = client.query_one("SELECT pg_backend_pid()", &[]).await.map_err(&doing)?;
        self.pid = row.try_get(0).map_err(doing)?;
        Ok(())
    }

    pub fn tell(&mut self, event: Event) {
        if let Some(observer) = &mut self.observer {
            observer(event);
        }
    }

    pub fn queued(&mut self, holder: Option<Holder>) {
        self.tell(Event::Queued { holder });
    }

    pub fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| *stop.borrow())
    }

    pub fn check_stop(&self, committed: usize) -> Result<(), ApplyError> {
        if self.is_stopped() { Err(ApplyError::Stopped { committed }) } else { Ok(()) }
    }

    /// Waits, unless it is stopped.
    pub async fn pause(&mut self, time: Duration, committed: usize) -> Result<(), ApplyError> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = stopped(&mut self.stop) => Err(ApplyError::Stopped { committed }),
        }
    }

    /// Awaits a statement of `step`, telling how far it is, and cancelling it when the apply is stopped.
    pub async fn statement<T>(
        &mut self,
        step: usize,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, tokio_postgres::Error> {
        let mut work = pin!(work);
        let mut is_cancelled = false;
        let mut poll = tokio::time::interval_at(tokio::time::Instant::now() + POLL, POLL);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = stopped(&mut self.stop), if !is_cancelled => {
                    is_cancelled = true;
                    cancel(self.monitor, self.pid).await;
                }
                _ = poll.tick() => match is_cancelled {
                    // The server ignores a cancel that comes before the statement does.
                    true => cancel(self.monitor, self.pid).await,
                    false => self.progress(step).await,
                },
            }
        }
    }

    async fn progress(&mut self, step: usize) {
        let (Some(monitor), true) = (self.monitor, self.observer.is_some()) else { return };
        let select = "SELECT phase, blocks_done, blocks_total, tuples_done, tuples_total, current_locker_pid
                      FROM pg_stat_progress_create_index WHERE pid = $1";
        // Progress that can not be read is not shown; the work goes on.
        if let Ok(Some(row)) = monitor.query_opt(select, &[&self.pid]).await
            && let Ok(event) = advanced(step, &row)
        {
            self.tell(event);
        }
    }
}

/// Without a second connection the statement runs to its end first.
async fn cancel(monitor: Option<&Client>, pid: i32) {
    if let Some(monitor) = monitor
        && let Err(error) = monitor.execute("SELECT pg_cancel_backend($1)", &[&pid]).await
    {
        tracing::warn!(%error, "a statement of a schema apply could not be cancelled");
    }
}

fn advanced(step: usize, row: &Row) -> Result<Event, tokio_postgres::Error> {
    let mut phase: String = row.try_get(0)?;
    let pair = |at: usize| -> Result<(u64, u64), tokio_postgres::Error> {
        Ok((row.try_get::<_, i64>(at)?.unsigned_abs(), row.try_get::<_, i64>(at + 1)?.unsigned_abs()))
    };
    let (blocks, tuples) = (pair(1)?, pair(3)?);
    let (done, total) = if blocks.1 > 0 { blocks } else { tuples };
    let locker: i64 = row.try_get(5)?;
    if phase.starts_with("waiting") && locker > 0 {
        phase.push_str(&format!(" (process {locker})"));
    }
    Ok(Event::Advanced { step, phase, done, total: (total > 0).then_some(total) })
}

/// Returns once it is to stop; without somebody who can say so, never.
async fn stopped(stop: &mut Option<tokio::sync::watch::Receiver<bool>>) {
    if let Some(stop) = stop
        && stop.wait_for(|stop| *stop).await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

/// Who holds locks on the tables that a step wants, the longest transaction first.
pub(super) async fn blockers(client: &Client, step: &Step) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let select = "SELECT DISTINCT a.pid, coalesce(a.application_name, ''), a.state,
                         extract(epoch FROM clock_timestamp() - a.xact_start)::int8
                  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                  WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
                    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND l.relation IN (SELECT to_regclass(name)::oid FROM unnest($1::text[]) AS name)
                  ORDER BY 4 DESC NULLS LAST LIMIT 5";
    let tables: Vec<String> =
        step.locks.iter().map(|lock| format!("{}.{}", quote(&lock.schema), quote(&lock.table))).collect();
    let rows = client.query(select, &[&tables]).await?;
    rows.iter()
        .map(|row| {
            Ok(Blocker {
                pid: row.try_get(0)?,
                application_name: row.try_get(1)?,
                state: row.try_get(2)?,
                seconds: row.try_get(3)?,
            })
        })
        .collect()
}
