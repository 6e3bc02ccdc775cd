//! One call, as a state machine: verify the token → find the logic → check access → check params → look in the
//! cache → run → purge or store → reply.

use std::sync::Arc;

use bytes::Bytes;
use stk_contract::{Access, ErrorCode, Problem, Returns, Vary};

use crate::deployment::Deployment;
use crate::effect::{CacheEntry, CacheKey, Effect, Event, LookUp, Lookup};
use crate::logic::{BindFault, Logic};
use crate::params::Errors;
use crate::reply::{CacheControl, CacheStatus, Reply};
use crate::request::{Form, Refusal, Request};
use crate::sql::{SqlFault, SqlWork};
use crate::tokens::{Identity, TokenFault, Verdict};

/// How often a transaction that lost against others is run again.
const RETRIES_MAX: u32 = 3;

/// A call under way. It owns all it needs, so that a host may move it to another task.
#[derive(Debug)]
pub struct Call {
    deployment: Arc<Deployment>,
    logic: Option<Arc<Logic>>,
    request_id: Box<str>,
    started_ms: u64,
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
    Sql {
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
            State::Sql { .. } => "sql",
            State::Storing { .. } => "store",
            State::Purging { .. } => "purge",
            State::ReplyStale(_) | State::Replying => "reply",
            State::Done => "done",
        }
    }
}

/// All that is left to do is known.
#[derive(Debug)]
struct Ready {
    work: Arc<SqlWork>,
    /// Present where the logic is cached.
    key: Option<CacheKey>,
    is_get: bool,
}

/// A request that outlives the host's buffers.
#[derive(Debug)]
struct Kept {
    method: Box<str>,
    path: Box<str>,
    query: Option<Box<str>>,
    content_type: Option<Box<str>>,
    authorization: Option<Box<str>>,
    body: Box<[u8]>,
}

/// Where reading a request ends other than in work.
enum Stop {
    Refused(Refusal),
    Keys(Arc<str>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Refused(refusal)
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
            state: State::Done,
        };
        let effect = call.begin(request, true);
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
                self.started_ms = now_ms;
                self.run(ready, 0, true, now_ms)
            }
            (State::Sql { ready, retries, is_answered }, Event::Sql(result)) => match result {
                Ok(body) => self.succeeded(ready, body, is_answered),
                Err(fault) if fault.is_conflict() && retries < RETRIES_MAX => {
                    self.run(ready, retries + 1, is_answered, now_ms)
                }
                Err(_) if is_answered => Effect::Done,
                Err(fault) => self.failed(&fault, ready.key.is_some()),
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
            Ok(Ready { key: Some(key), work, is_get }) => {
                let tags = self.caching().map(|caching| caching.tags.clone()).unwrap_or_default();
                let look_up =
                    LookUp { key: key.clone(), tags, timeout_ms: self.remaining_ms(request.now_ms) };
                self.state = State::LookUp(Ready { key: Some(key), work, is_get });
                Effect::LookUp(look_up)
            }
            Ok(ready) => self.run(ready, 0, false, request.now_ms),
            Err(Stop::Keys(url)) => {
                self.state = State::Keys { url: url.clone(), request: Box::new(Kept::of(request)) };
                Effect::FetchKeys { url }
            }
            Err(Stop::Refused(refusal)) => {
                let reply = self.problem(*refusal.problem);
                self.reply(Reply { allow: refusal.allow, ..reply })
            }
        }
    }

    /// The path of a request, on one screen.
    fn read(&mut self, request: &Request<'_>, may_fetch: bool) -> Result<Ready, Stop> {
        let deployment = self.deployment.clone();
        let form = request.form(deployment.limits().body_bytes)?;
        let identity = self.identity(request, may_fetch)?;
        let sent = request.read(form)?;
        let not_found = || Refusal::new(ErrorCode::NotFound, "there is no such logic");
        let logic = deployment.logic(&sent.logic).ok_or_else(not_found)?;
        self.logic = Some(logic.clone());
        if form == Form::Get && !logic.cache.as_ref().is_some_and(|caching| caching.is_get) {
            return Err(Refusal::method("POST").into());
        }
        check_access(&logic.access, identity.as_deref())?;
        let mut errors = Errors::default();
        let inputs = sent.params.inputs();
        let values = logic.params.read(&inputs, &mut errors);
        let work = logic.work(&values, identity.as_deref(), &mut errors).map_err(|fault| match fault {
            BindFault::Params => wrong_params(errors),
            BindFault::Subject => Refusal::new(
                ErrorCode::SubjectType,
                "the token's subject is not of the type that the logic binds",
            ),
        })?;
        let key = logic.cache.as_ref().map(|caching| {
            let identity = (caching.vary == Vary::User).then_some(identity.as_deref());
            caching.prefix.key(&values, identity)
        });
        Ok(Ready { work: Arc::new(work), key, is_get: form == Form::Get })
    }

    fn identity(&self, request: &Request<'_>, may_fetch: bool) -> Result<Option<Arc<Identity>>, Stop> {
        let Some(authorization) = request.authorization else { return Ok(None) };
        match self.deployment.verifier.verify(authorization, request.now_ms, may_fetch) {
            Verdict::Verified(identity) => Ok(Some(identity)),
            Verdict::Refused(fault) => Err(unauthorized(&fault).into()),
            Verdict::NeedsKeys(url) => Err(Stop::Keys(url)),
            Verdict::KeysUnavailable => {
                let detail = "the keys of the token's issuer can not be fetched right now";
                Err(Refusal::new(ErrorCode::Unavailable, detail).into())
            }
        }
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
            return if is_answered {
                Effect::Done
            } else {
                self.failed(&SqlFault::Timeout, ready.key.is_some())
            };
        }
        let work = ready.work.clone();
        self.state = State::Sql { ready, retries, is_answered };
        Effect::Sql { work, timeout_ms }
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

    fn failed(&mut self, fault: &SqlFault, is_cached: bool) -> Effect {
        let mut reply = self.problem(fault.problem());
        if reply.status >= 500 {
            reply.cause = Some(fault.to_string().into());
        }
        if is_cached {
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

    fn caching(&self) -> Option<&crate::logic::Caching> {
        self.logic.as_ref()?.cache.as_ref()
    }

    fn remaining_ms(&self, now_ms: u64) -> u64 {
        let timeout_ms = self.logic.as_ref().map_or(0, |logic| logic.timeout_ms);
        timeout_ms.saturating_sub(now_ms.saturating_sub(self.started_ms))
    }
}

impl Kept {
    fn of(request: &Request<'_>) -> Kept {
        Kept {
            method: request.method.into(),
            path: request.path.into(),
            query: request.query.map(Into::into),
            content_type: request.content_type.map(Into::into),
            authorization: request.authorization.map(Into::into),
            body: request.body.into(),
        }
    }

    fn borrow<'a>(&'a self, request_id: &'a str, now_ms: u64) -> Request<'a> {
        Request {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            content_type: self.content_type.as_deref(),
            authorization: self.authorization.as_deref(),
            body: &self.body,
            request_id,
            now_ms,
        }
    }
}

fn check_access(access: &Access, identity: Option<&Identity>) -> Result<(), Refusal> {
    match (access, identity) {
        (Access::Public, _) | (Access::Authenticated, Some(_)) => Ok(()),
        (_, None) => Err(Refusal::new(ErrorCode::Unauthorized, "this logic needs a token")),
        (Access::Roles(allowed), Some(identity)) => {
            let has_one = allowed.iter().any(|role| identity.roles.iter().any(|held| **held == **role));
            let refusal = || {
                Refusal::new(ErrorCode::Forbidden, format!("needs one of the roles {}", allowed.join(", ")))
            };
            if has_one { Ok(()) } else { Err(refusal()) }
        }
    }
}

fn unauthorized(fault: &TokenFault) -> Refusal {
    Refusal::new(ErrorCode::Unauthorized, fault.to_string())
}

fn wrong_params(errors: Errors) -> Refusal {
    let mut problem = Problem::new(ErrorCode::InvalidParams);
    problem.errors = errors.into_vec();
    Refusal { problem: Box::new(problem), allow: None }
}
