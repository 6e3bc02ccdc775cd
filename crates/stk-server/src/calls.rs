//! Driving one call: the runtime says what to do, the host does it.

mod host;
mod operations;
mod run;
mod running;

use std::sync::Arc;
use std::time::{Duration, Instant};

use stk_contract::ErrorCode;
use stk_runtime::{Call, Effect, Event, Reply, Request};

use crate::hosted::{Hosted, unix_ms};
use crate::serving::Serving;
use host::Host;

/// Answers one request, counts it, and logs what its caller must not see. What is left to do behind the answer goes
/// on in a task of its own.
pub(crate) async fn answer(
    hosted: &Arc<Hosted>,
    serving: &Arc<Serving>,
    request: &Request<'_>,
    now: Instant,
) -> (Reply, Duration) {
    let (call, effect) = Call::start(&serving.deployment, request);
    let mut drive = Drive { call, host: Host::new(hosted.clone(), serving.clone()) };
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
