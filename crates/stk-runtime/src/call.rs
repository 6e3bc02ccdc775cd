//! One call, as a state machine: verify the token → find the logic → check access → check params → look in the
//! cache → run → purge or store → reply.

mod kept;
mod ready;

use std::sync::Arc;

use bytes::Bytes;
use stk_contract::{ErrorCode, Problem, Returns};

use crate::deployment::Deployment;
use crate::effect::{CacheEntry, Effect, Event, LookUp, Lookup};
use crate::logic::{Caching, Logic};
use crate::reply::{CacheControl, CacheStatus, Reply};
use crate::request::{Refusal, Request};
use crate::run::RunFault;
use crate::scope::Scope;
use crate::sql::SqlFault;
use kept::Kept;
use ready::{Ready, Stop};

/// How often a transaction that lost against others is run again.
const RETRIES_MAX: u32 = 3;

/// A call under way. It owns all it needs, so that a host may move it to another task.
#[derive(Debug)]
pub struct Call {
    deployment: Arc<Deployment>,
    logic: Option<Arc<Logic>>,
    request_id: Arc<str>,
    started_ms: u64,
    /// When the time of the logic that invokes this one is over.
    deadline_ms: u64,
    /// The logic that this call is invoked by, the outermost first; empty for a caller's own call.
    chain: Box<[Arc<str>]>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The key set at `url` is being fetched; then the request is read again.
    Keys {
        url: Arc<str>,
        request: Box<Kept>,
    },
    LookUp(Ready),
    /// The answer was stale; it goes out before the refresh.
    ReplyStale(Ready),
    /// SQL or an engine runs.
    Running {
        ready: Ready,
        retries: u32,
        is_answered: bool,
    },
    Storing {
        reply: Option<Box<Reply>>,
    },
    Purging {
        reply: Box<Reply>,
    },
    Replying,
    Done,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            State::Keys { .. } => "fetch keys",
            State::LookUp(_) => "look up",
            State::Running { .. } => "run",
            State::Storing { .. } => "store",
            State::Purging { .. } => "purge",
            State::ReplyStale(_) | State::Replying => "reply",
            State::Done => "done",
        }
    }
}

impl Call {
    /// Reads the request as far as it goes without the host.
    pub fn start(deployment: &Arc<Deployment>, request: &Request<'_>) -> (Call, Effect) {
        let mut call = Call {
            deployment: deployment.clone(),
            logic: None,
            request_id: request.request_id.into(),
            started_ms: request.now_ms,
            deadline_ms: u64::MAX,
            chain: Box::default(),
            state: State::Done,
        };
        let effect = call.begin(request, true);
        (call, effect)
    }

    /// A call by the logic of `scope`, with the identity of its caller and within what is left of its time. `params` is
    /// a checked JSON object.
    pub(crate) fn invoke(scope: &Arc<Scope>, path: &str, params: &str, now_ms: u64) -> (Call, Effect) {
        let mut call = Call {
            deployment: scope.deployment.clone(),
            logic: None,
            request_id: scope.request_id.clone(),
            started_ms: now_ms,
            deadline_ms: scope.deadline_ms,
            chain: scope.chain.clone(),
            state: State::Done,
        };
        let effect = match call.read_invoke(scope, path, params) {
            Ok(ready) => call.go_on(ready, now_ms),
            Err(refusal) => call.refused(refusal),
        };
        (call, effect)
    }

    /// Goes on with what the host did. `now_ms` is the time, in milliseconds since the Unix epoch.
    ///
    /// An event that does not answer the last effect ends the call with 500.
    pub fn step(&mut self, event: Event, now_ms: u64) -> Effect {
        match (std::mem::replace(&mut self.state, State::Done), event) {
            (State::Keys { url, request }, Event::Keys(fetched)) => {
                self.deployment.keys.store(&url, fetched, now_ms);
                let request_id = self.request_id.clone();
                self.begin(&request.borrow(&request_id, now_ms), false)
            }
            (State::LookUp(ready), Event::Cache(lookup)) => self.looked_up(ready, lookup, now_ms),
            (State::ReplyStale(ready), Event::Replied) => {
                // Behind the answer, nobody's time is spent.
                (self.started_ms, self.deadline_ms) = (now_ms, u64::MAX);
                self.run(ready, 0, true, now_ms)
            }
            (State::Running { ready, retries, is_answered }, Event::Sql(result)) => match result {
                Ok(body) => self.succeeded(ready, body, is_answered),
                Err(fault) if fault.is_conflict() && retries < RETRIES_MAX => {
                    self.run(ready, retries + 1, is_answered, now_ms)
                }
                Err(fault) => self.failed(sql_problem(&fault), &ready, is_answered),
            },
            (State::Running { ready, is_answered, .. }, Event::Ran(result)) => match self.checked(result) {
                Ok(body) => self.succeeded(ready, body, is_answered),
                Err(fault) => self.failed(fault.problem(), &ready, is_answered),
            },
            (State::Storing { reply: Some(reply) }, Event::Stored)
            | (State::Purging { reply }, Event::Purged) => self.reply(*reply),
            (State::Storing { reply: None }, Event::Stored)
            | (State::Replying, Event::Replied)
            | (State::Done, _) => Effect::Done,
            (state, event) => {
                let cause = format!("`{}` does not answer `{}`", event.name(), state.name());
                let reply = self.problem(Problem::new(ErrorCode::Internal));
                self.reply(Reply { cause: Some(cause.into()), ..reply })
            }
        }
    }

    /// Whether nothing is left to do: after most replies.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done | State::Replying)
    }

    /// The path of the logic, once it was found: a label for metrics and logs.
    pub fn logic(&self) -> Option<&str> {
        self.logic.as_ref().map(|logic| &*logic.path)
    }

    fn begin(&mut self, request: &Request<'_>, may_fetch: bool) -> Effect {
        match self.read(request, may_fetch) {
            Ok(ready) => self.go_on(ready, request.now_ms),
            Err(Stop::Keys(url)) => {
                self.state = State::Keys { url: url.clone(), request: Box::new(Kept::of(request)) };
                Effect::FetchKeys { url }
            }
            Err(Stop::Refused(refusal)) => self.refused(refusal),
        }
    }

    fn go_on(&mut self, ready: Ready, now_ms: u64) -> Effect {
        let Some(key) = ready.key.clone() else { return self.run(ready, 0, false, now_ms) };
        let tags = self.caching().map(|caching| caching.tags.clone()).unwrap_or_default();
        let timeout_ms = self.remaining_ms(now_ms);
        self.state = State::LookUp(ready);
        Effect::LookUp(LookUp { key, tags, timeout_ms })
    }

    fn refused(&mut self, refusal: Refusal) -> Effect {
        let reply = self.problem(*refusal.problem);
        self.reply(Reply { allow: refusal.allow, ..reply })
    }

    fn looked_up(&mut self, ready: Ready, lookup: Lookup, now_ms: u64) -> Effect {
        match lookup {
            Lookup::Miss => self.run(ready, 0, false, now_ms),
            Lookup::Fresh { body, age_ms } => {
                let reply = self.success(body, CacheStatus::Hit, ready.is_get.then_some(age_ms));
                self.reply(reply)
            }
            Lookup::Stale { body, refresh } => {
                let reply = self.success(body, CacheStatus::Stale, ready.is_get.then_some(u64::MAX));
                self.state = if refresh { State::ReplyStale(ready) } else { State::Replying };
                Effect::Reply(reply)
            }
        }
    }

    fn run(&mut self, ready: Ready, retries: u32, is_answered: bool, now_ms: u64) -> Effect {
        let timeout_ms = self.remaining_ms(now_ms);
        if timeout_ms == 0 {
            return self.failed(sql_problem(&SqlFault::Timeout), &ready, is_answered);
        }
        let effect = self.effect_of(&ready.work, timeout_ms, now_ms);
        self.state = State::Running { ready, retries, is_answered };
        effect
    }

    /// A run's result; a logic that gave nothing gave null. Where nothing is returned, any result will do.
    fn checked(&self, result: Result<Bytes, RunFault>) -> Result<Bytes, RunFault> {
        let returns = self.logic.as_ref().map(|logic| logic.returns);
        let body = match result {
            Err(RunFault::BadResult(_)) if returns == Some(Returns::None) => Bytes::new(),
            result => result?,
        };
        let bytes_max = self.deployment.limits().response_bytes;
        if body.len() as u64 > bytes_max {
            return Err(RunFault::ResultTooLarge { bytes_max });
        }
        Ok(if body.is_empty() { Bytes::from_static(b"null") } else { body })
    }

    fn succeeded(&mut self, ready: Ready, body: Bytes, is_answered: bool) -> Effect {
        if let (Some(key), Some(caching)) = (ready.key, self.caching()) {
            let entry = CacheEntry {
                key,
                body: body.clone(),
                ttl_ms: caching.ttl_ms,
                swr_ms: caching.swr_ms,
                tags: caching.tags.clone(),
            };
            let reply = (!is_answered)
                .then(|| Box::new(self.success(body, CacheStatus::Miss, ready.is_get.then_some(0))));
            self.state = State::Storing { reply };
            return Effect::Store(entry);
        }
        let reply = self.success(body, CacheStatus::Bypass, None);
        let tags = self.logic.as_ref().map(|logic| logic.invalidates.clone()).unwrap_or_default();
        if tags.is_empty() {
            return self.reply(reply);
        }
        self.state = State::Purging { reply: Box::new(reply) };
        Effect::Purge { tags }
    }

    /// `problem`: the answer, and what only the log may say. A refresh that failed answers nobody.
    fn failed(
        &mut self,
        (problem, cause): (Problem, Option<String>),
        ready: &Ready,
        is_answered: bool,
    ) -> Effect {
        if is_answered {
            return Effect::Done;
        }
        let mut reply = self.problem(problem);
        reply.cause = cause.map(Into::into);
        if ready.key.is_some() {
            reply.cache_status = CacheStatus::Miss;
        }
        self.reply(reply)
    }

    fn reply(&mut self, reply: Reply) -> Effect {
        self.state = State::Replying;
        Effect::Reply(reply)
    }

    fn problem(&self, problem: Problem) -> Reply {
        Reply::problem(problem, &self.request_id, Some(self.deployment.number()))
    }

    /// `age_ms`: of an answer that browsers and CDNs may keep.
    fn success(&self, body: Bytes, cache_status: CacheStatus, age_ms: Option<u64>) -> Reply {
        let is_none = self.logic.as_ref().is_some_and(|logic| logic.returns == Returns::None);
        let mut reply = Reply::success((!is_none).then_some(body), cache_status, self.deployment.number());
        if let (Some(age_ms), Some(caching)) = (age_ms, self.caching()) {
            reply.cache_control = Some(CacheControl {
                max_age_s: caching.ttl_ms.saturating_sub(age_ms) / 1000,
                stale_while_revalidate_s: caching.swr_ms / 1000,
            });
        }
        reply
    }

    fn caching(&self) -> Option<&Caching> {
        self.logic.as_ref()?.cache.as_ref()
    }

    fn remaining_ms(&self, now_ms: u64) -> u64 {
        let timeout_ms = self.logic.as_ref().map_or(0, |logic| logic.timeout_ms);
        let own_ms = timeout_ms.saturating_sub(now_ms.saturating_sub(self.started_ms));
        own_ms.min(self.deadline_ms.saturating_sub(now_ms))
    }
}

fn sql_problem(fault: &SqlFault) -> (Problem, Option<String>) {
    let problem = fault.problem();
    let cause = (problem.status >= 500).then(|| fault.to_string());
    (problem, cause)
}
