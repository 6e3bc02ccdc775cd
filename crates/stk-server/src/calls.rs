//! Driving one call: the runtime says what to do, the host does it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use stk_contract::ErrorCode;
use stk_runtime::{Call, Effect, Event, Lookup, Reply, Request, SqlFault, SqlWork};

use crate::cache::Lead;
use crate::hosted::{Hosted, unix_ms};
use crate::serving::{PLACE_TIMEOUT, Serving};

/// When a write's caller is gone, its outcome comes a little later; tags are purged once more after it.
const LATE_PURGE: Duration = Duration::from_secs(2);

/// Answers one request, counts it, and logs what its caller must not see. What is left to do behind the answer goes
/// on in a task of its own.
pub(crate) async fn answer(
    hosted: &Arc<Hosted>,
    serving: &Arc<Serving>,
    request: &Request<'_>,
    now: Instant,
) -> (Reply, Duration) {
    let (call, effect) = Call::start(&serving.deployment, request);
    let host = Host { hosted: hosted.clone(), serving: serving.clone(), lead: None, purge: None };
    let mut drive = Drive { call, host };
    let mut reply = match drive.until_reply(effect, now, request.now_ms).await {
        Some(reply) => reply,
        None => {
            let number = Some(serving.pointer.number);
            let detail = "the call ended unanswered";
            let reply = Reply::refuse(ErrorCode::Internal, detail, request.request_id, number);
            Reply { cause: Some("the runtime ended the call without a reply".into()), ..reply }
        }
    };
    let took = now.elapsed();
    let logic = drive.call.logic();
    hosted.metrics.call(logic, reply.status, reply.cache_status, took);
    if reply.status >= 500 {
        let cause = reply.cause.take();
        let (cause, logic) = (cause.as_deref().unwrap_or("none"), logic.unwrap_or("none"));
        let (id, code) = (request.request_id, reply.code.map_or("none", ErrorCode::code));
        tracing::error!(
            deployment = %hosted.id, request_id = id, logic, status = reply.status, code, cause, "a call failed"
        );
    }
    if drive.call.is_done() {
        drive.host.settle();
    } else {
        tokio::spawn(drive.behind());
    }
    (reply, took)
}

/// A call and its host.
struct Drive {
    call: Call,
    host: Host,
}

impl Drive {
    async fn until_reply(&mut self, mut effect: Effect, now: Instant, mut now_ms: u64) -> Option<Reply> {
        loop {
            let event = match effect {
                Effect::Reply(reply) => return Some(reply),
                Effect::Done => return None,
                // A hit needs no more than this.
                Effect::LookUp(look_up) => match self.host.hosted.cache.get(&look_up, now) {
                    Some((found, lead)) => {
                        self.host.lead = lead;
                        Event::Cache(found)
                    }
                    None => {
                        let event =
                            Box::pin(self.host.perform(Effect::LookUp(look_up), self.call.logic())).await;
                        now_ms = unix_ms();
                        event
                    }
                },
                other => {
                    let event = Box::pin(self.host.perform(other, self.call.logic())).await;
                    now_ms = unix_ms();
                    event
                }
            };
            effect = self.call.step(event, now_ms);
        }
    }

    /// Refreshes a stale answer, or whatever else the runtime still wants done after the reply.
    async fn behind(mut self) {
        let mut effect = self.call.step(Event::Replied, unix_ms());
        loop {
            let event = match effect {
                Effect::Done => break,
                Effect::Reply(reply) => {
                    if let Some(cause) = reply.cause.filter(|_| reply.status >= 500) {
                        let (id, logic) = (&self.host.hosted.id, self.call.logic());
                        tracing::error!(deployment = %id, logic, %cause, "a refresh failed");
                    }
                    if self.call.is_done() {
                        break;
                    }
                    Event::Replied
                }
                other => self.host.perform(other, self.call.logic()).await,
            };
            effect = self.call.step(event, unix_ms());
        }
        self.host.settle();
    }
}

/// Does what one call asks for.
struct Host {
    hosted: Arc<Hosted>,
    serving: Arc<Serving>,
    /// This call fills a key of the cache.
    lead: Option<Lead>,
    /// A write of this call may have happened, and its tags are not purged yet.
    purge: Option<PurgeGuard>,
}

impl Host {
    async fn perform(&mut self, effect: Effect, logic: Option<&str>) -> Event {
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
            Effect::Run { .. } => {
                Event::Ran(Err(stk_runtime::RunFault::Unavailable("this Server has no engine".to_owned())))
            }
            Effect::Query { .. } | Effect::Begin { .. } | Effect::End { .. } | Effect::Storage { .. } => {
                Event::Replied
            }
            Effect::Reply(_) | Effect::Answer(_) | Effect::Done => Event::Replied,
        }
    }

    async fn sql(
        &mut self,
        work: &Arc<SqlWork>,
        timeout: Duration,
        logic: Option<&str>,
    ) -> Result<Bytes, SqlFault> {
        let places = self.serving.places.clone();
        let _place = match places.clone().try_acquire_owned() {
            Ok(place) => place,
            Err(_) => match tokio::time::timeout(PLACE_TIMEOUT.min(timeout), places.acquire_owned()).await {
                Ok(Ok(place)) => place,
                _ => return Err(SqlFault::Unavailable("too many calls are under way".to_owned())),
            },
        };
        let Some(database) = self.serving.databases.get(&work.alias) else {
            return Err(SqlFault::Unavailable(format!("there is no database `{}`", work.alias)));
        };
        if !work.read_only
            && let Some(tags) = logic.and_then(|path| self.serving.invalidates.get(path))
        {
            self.purge = Some(PurgeGuard { hosted: self.hosted.clone(), tags: Some(tags.clone()) });
        }
        let outcome = database.run(work, timeout).await;
        if matches!(&outcome, Err(fault) if !matches!(fault, SqlFault::CommitUnknown(_))) {
            self.disarm();
        }
        outcome
    }

    /// The call is over: followers of a fill that brought nothing are let go.
    fn settle(&mut self) {
        if let Some(lead) = self.lead.take() {
            lead.give_up();
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
