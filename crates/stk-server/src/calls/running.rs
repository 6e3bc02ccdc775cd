//! One run under way, as its operations see it: what it has open, and whether it had an effect.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use stk_contract::manifest::Isolation;
use stk_runtime::{QueryWork, Scope, SqlFault};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::egress::Exchanges;
use crate::hosted::Hosted;
use crate::serving::Serving;
use crate::sql::{Database, OpenTransaction};

/// Connections of its own that one run may have at once, for statements outside of transactions.
const CONNECTIONS_MAX: usize = 4;

/// Transactions that one run may have open.
const TRANSACTIONS_MAX: usize = 4;

pub(super) struct Running {
    pub(super) hosted: Arc<Hosted>,
    pub(super) serving: Arc<Serving>,
    pub(super) scope: Arc<Scope>,
    pub(super) exchanges: Exchanges,
    /// The run that invoked this one.
    parent: Option<Arc<Running>>,
    had_effect: AtomicBool,
    connections: Semaphore,
    open: Mutex<Open>,
    last_transaction: AtomicU32,
}

#[derive(Default)]
struct Open {
    transactions: HashMap<u32, Transaction>,
    /// The run is over.
    closed: bool,
}

/// Its statements run one after the other. None once it has ended.
type Transaction = Arc<tokio::sync::Mutex<Option<OpenTransaction>>>;

impl Running {
    pub(super) fn new(
        hosted: Arc<Hosted>,
        serving: Arc<Serving>,
        scope: Arc<Scope>,
        parent: Option<Arc<Running>>,
    ) -> Arc<Running> {
        let exchanges = Exchanges::new(hosted.shared.egress.clone(), serving.egress.clone());
        Arc::new(Running {
            hosted,
            serving,
            scope,
            exchanges,
            parent,
            had_effect: AtomicBool::new(false),
            connections: Semaphore::new(CONNECTIONS_MAX),
            open: Mutex::default(),
            last_transaction: AtomicU32::new(0),
        })
    }

    pub(super) fn had_effect(&self) -> bool {
        self.had_effect.load(Ordering::Acquire)
    }

    /// Running this logic again would repeat something, and so would running the one that invoked it.
    pub(super) fn note_effect(&self) {
        self.had_effect.store(true, Ordering::Release);
        if let Some(parent) = &self.parent {
            parent.note_effect();
        }
    }

    pub(super) fn database(&self, alias: &str) -> Result<Arc<Database>, SqlFault> {
        let database = self.serving.databases.get(alias);
        database.cloned().ok_or_else(|| SqlFault::Unavailable(format!("there is no database `{alias}`")))
    }

    /// The right to one more connection of its own.
    pub(super) async fn connection(&self, timeout: Duration) -> Result<SemaphorePermit<'_>, SqlFault> {
        match tokio::time::timeout(timeout, self.connections.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(SqlFault::Timeout),
        }
    }

    pub(super) async fn begin(
        &self,
        alias: &str,
        isolation: Option<Isolation>,
        timeout: Duration,
    ) -> Result<u32, SqlFault> {
        let number = self.last_transaction.fetch_add(1, Ordering::Relaxed) + 1;
        let slot = Transaction::default();
        {
            let mut open = self.open();
            if open.closed {
                return Err(over());
            }
            if open.transactions.len() >= TRANSACTIONS_MAX {
                let reason = format!("more than {TRANSACTIONS_MAX} transactions are open at once");
                return Err(SqlFault::Refused(reason));
            }
            // Its place is taken before it is begun, so that many at once do not all get one.
            open.transactions.insert(number, slot.clone());
        }
        let mut begun = slot.lock().await;
        match self.database(alias)?.begin(isolation, timeout).await {
            Ok(transaction) if !self.open().closed => {
                *begun = Some(transaction);
                Ok(number)
            }
            Ok(_) => Err(over()),
            Err(fault) => {
                self.open().transactions.remove(&number);
                Err(fault)
            }
        }
    }

    pub(super) async fn query_in(
        &self,
        number: u32,
        work: &QueryWork,
        timeout: Duration,
    ) -> Result<Bytes, SqlFault> {
        let deadline = Instant::now() + timeout;
        let slot = self.open().transactions.get(&number).cloned().ok_or_else(no_transaction)?;
        let mut transaction =
            tokio::time::timeout_at(deadline, slot.lock()).await.map_err(|_| SqlFault::Timeout)?;
        transaction.as_mut().ok_or_else(no_transaction)?.query(work, deadline).await
    }

    pub(super) async fn end(&self, number: u32, commit: bool) -> Result<(), SqlFault> {
        let slot = self.open().transactions.remove(&number).ok_or_else(no_transaction)?;
        let transaction = slot.lock().await.take().ok_or_else(no_transaction)?;
        if !commit {
            transaction.roll_back().await;
            return Ok(());
        }
        // In a task of its own: a commit that was sent is seen through, even where the run's time is over.
        let committed = tokio::spawn(transaction.commit()).await;
        committed.unwrap_or_else(|error| Err(SqlFault::CommitUnknown(error.to_string())))
    }

    /// Ends what the run left open. A statement that is under way in a transaction is cancelled by the end of its
    /// operation.
    pub(super) fn close(&self, for_good: bool) {
        let transactions = {
            let mut open = self.open();
            open.closed = for_good;
            std::mem::take(&mut open.transactions)
        };
        for slot in transactions.into_values() {
            if let Ok(mut transaction) = slot.try_lock() {
                // Dropped, it rolls back.
                transaction.take();
            }
        }
        if for_good {
            self.exchanges.close();
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_transaction() -> SqlFault {
    SqlFault::Refused("there is no such transaction, or it has ended".to_owned())
}

fn over() -> SqlFault {
    SqlFault::Refused("the run has ended".to_owned())
}
