//! Doing what the runtime asks for, for one call or one operation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use stk_runtime::{
    Effect, Event, Lookup, QueryPlace, QueryWork, SqlFault, SqlWork, StorageFault, StorageWork,
};
use tokio::sync::OwnedSemaphorePermit;

use super::run;
use super::running::Running;
use crate::cache::Lead;
use crate::hosted::{Hosted, unix_ms};
use crate::serving::{PLACE_TIMEOUT, Serving};

/// When a write's caller is gone, its outcome comes a little later; tags are purged once more after it.
const LATE_PURGE: Duration = Duration::from_secs(2);

/// Does what one call asks for, or one operation of a run.
pub(super) struct Host {
    pub(super) hosted: Arc<Hosted>,
    pub(super) serving: Arc<Serving>,
    /// This call fills a key of the cache.
    pub(super) lead: Option<Lead>,
    /// A write of this call may have happened, and its tags are not purged yet.
    purge: Option<PurgeGuard>,
    /// The run that asks; it has a place already.
    running: Option<Arc<Running>>,
}

impl Host {
    pub(super) fn new(hosted: Arc<Hosted>, serving: Arc<Serving>) -> Host {
        Host { hosted, serving, lead: None, purge: None, running: None }
    }

    /// For an operation of a run.
    pub(super) fn within(running: Arc<Running>) -> Host {
        let (hosted, serving) = (running.hosted.clone(), running.serving.clone());
        Host { running: Some(running), ..Host::new(hosted, serving) }
    }

    /// From now on what it does belongs to no run: the run may end first.
    pub(super) fn detach(&mut self) {
        self.running = None;
    }

    pub(super) async fn perform(&mut self, effect: Effect, logic: Option<&str>) -> Event {
        if let Some(running) = &self.running
            && effect.may_write()
        {
            running.note_effect();
        }
        match effect {
            Effect::LookUp(look_up) => {
                let timeout = Duration::from_millis(look_up.timeout_ms);
                let looking = self.hosted.cache.look_up(&look_up, Instant::now());
                // Whoever has waited for its leader in vain is told by the runtime that its time is over.
                let late = (Lookup::Miss, None);
                let (found, lead) = tokio::time::timeout(timeout, looking).await.unwrap_or(late);
                self.lead = lead;
                Event::Cache(found)
            }
            Effect::Sql { work, timeout_ms } => {
                Event::Sql(self.sql(&work, Duration::from_millis(timeout_ms), logic).await)
            }
            Effect::Run { work, timeout_ms } => {
                self.guard_tags(logic);
                let ran = run::run(self, work, Duration::from_millis(timeout_ms)).await;
                if ran.is_err() {
                    self.disarm();
                }
                Event::Ran(ran)
            }
            Effect::Store(entry) => {
                if let Some(lead) = self.lead.take() {
                    lead.store(entry);
                }
                Event::Stored
            }
            Effect::Purge { tags } => {
                self.hosted.purge(&tags);
                self.disarm();
                Event::Purged
            }
            Effect::FetchKeys { url } => Event::Keys(self.hosted.fetcher.fetch(&url).await),
            Effect::Query { work, timeout_ms } => {
                Event::Sql(self.query(&work, Duration::from_millis(timeout_ms)).await)
            }
            Effect::Begin { alias, isolation, timeout_ms } => {
                let begun = match self.running() {
                    Ok(running) => running.begin(&alias, isolation, Duration::from_millis(timeout_ms)).await,
                    Err(fault) => Err(fault),
                };
                Event::Begun(begun)
            }
            Effect::End { transaction, commit, .. } => {
                let ended = match self.running() {
                    Ok(running) => running.end(transaction, commit).await,
                    Err(fault) => Err(fault),
                };
                Event::Ended(ended)
            }
            Effect::Storage { work, timeout_ms } => {
                Event::Storage(self.storage(&work, Duration::from_millis(timeout_ms)).await)
            }
            Effect::Reply(_) | Effect::Answer(_) | Effect::Done => Event::Replied,
        }
    }

    /// A place for a call that runs something. One within a run has none: that run's place is its own.
    pub(super) async fn place(&self, timeout: Duration) -> Result<Option<OwnedSemaphorePermit>, String> {
        if self.running.is_some() {
            return Ok(None);
        }
        let places = self.serving.places.clone();
        match places.clone().try_acquire_owned() {
            Ok(place) => Ok(Some(place)),
            Err(_) => match tokio::time::timeout(PLACE_TIMEOUT.min(timeout), places.acquire_owned()).await {
                Ok(Ok(place)) => Ok(Some(place)),
                _ => Err("too many calls are under way".to_owned()),
            },
        }
    }

    pub(super) fn parent(&self) -> Option<&Arc<Running>> {
        self.running.as_ref()
    }

    async fn sql(
        &mut self,
        work: &Arc<SqlWork>,
        timeout: Duration,
        logic: Option<&str>,
    ) -> Result<Bytes, SqlFault> {
        let _place = self.place(timeout).await.map_err(SqlFault::Unavailable)?;
        let Some(database) = self.serving.databases.get(&work.alias) else {
            return Err(SqlFault::Unavailable(format!("there is no database `{}`", work.alias)));
        };
        let database = database.clone();
        if !work.read_only {
            self.guard_tags(logic);
        }
        let outcome = match &self.running {
            // One run must not take the whole pool.
            Some(running) if !work.is_shareable() => {
                let _connection = running.connection(timeout).await?;
                database.run(work, timeout).await
            }
            _ => database.run(work, timeout).await,
        };
        if matches!(&outcome, Err(fault) if !matches!(fault, SqlFault::CommitUnknown(_))) {
            self.disarm();
        }
        outcome
    }

    async fn query(&self, work: &QueryWork, timeout: Duration) -> Result<Bytes, SqlFault> {
        let running = self.running()?;
        match &work.place {
            QueryPlace::Transaction(number) => running.query_in(*number, work, timeout).await,
            QueryPlace::Database(alias) => {
                let database = running.database(alias)?;
                let _connection = running.connection(timeout).await?;
                database.query(work, timeout).await
            }
        }
    }

    async fn storage(
        &self,
        work: &StorageWork,
        timeout: Duration,
    ) -> Result<stk_runtime::StorageDone, StorageFault> {
        let Some(storage) = &self.serving.storage else {
            return Err(StorageFault::Unavailable("this Server has no object storage".to_owned()));
        };
        let performing = storage.perform(work, unix_ms());
        tokio::time::timeout(timeout, performing).await.unwrap_or(Err(StorageFault::Timeout))
    }

    fn running(&self) -> Result<&Arc<Running>, SqlFault> {
        self.running.as_ref().ok_or_else(|| SqlFault::Refused("the run has ended".to_owned()))
    }

    /// The call is over: followers of a fill that brought nothing are let go.
    pub(super) fn settle(&mut self) {
        if let Some(lead) = self.lead.take() {
            lead.give_up();
        }
    }

    /// From now on a write may happen: whatever becomes of the call, the logic's tags are purged.
    fn guard_tags(&mut self, logic: Option<&str>) {
        if let Some(tags) = logic.and_then(|path| self.serving.invalidates.get(path)) {
            self.purge = Some(PurgeGuard { hosted: self.hosted.clone(), tags: Some(tags.clone()) });
        }
    }

    fn disarm(&mut self) {
        if let Some(mut guard) = self.purge.take() {
            guard.tags = None;
        }
    }
}

/// Purges tags if the call ends before it could: its caller left, or nobody knows whether its commit came through.
struct PurgeGuard {
    hosted: Arc<Hosted>,
    tags: Option<Arc<[Box<str>]>>,
}

impl Drop for PurgeGuard {
    fn drop(&mut self) {
        let Some(tags) = self.tags.take() else { return };
        self.hosted.purge(&tags);
        let hosted = self.hosted.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(LATE_PURGE).await;
                hosted.purge(&tags);
            });
        }
    }
}
