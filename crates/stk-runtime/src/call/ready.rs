//! From a request, or from an `invoke`, to all that is left to do: which logic, for whom, with which params.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use stk_contract::{Access, ErrorCode, Problem, Vary};

use super::Call;
use crate::effect::{CacheKey, Effect};
use crate::json;
use crate::logic::{BindFault, Body, Logic};
use crate::params::Errors;
use crate::params::value::Input;
use crate::request::{Form, Refusal, Request, headers_json};
use crate::run::RunWork;
use crate::scope::{Scope, request_json};
use crate::sql::SqlWork;
use crate::tokens::{Identity, TokenFault, Verdict};

/// All that is left to do is known.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) work: Work,
    /// Present where the logic is cached.
    pub(super) key: Option<CacheKey>,
    pub(super) is_get: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Work {
    Sql(Arc<SqlWork>),
    Run(Arc<Prepared>),
}

/// A run before its time is known.
#[derive(Debug)]
pub(super) struct Prepared {
    logic: Arc<Logic>,
    params: Bytes,
    identity: Option<Arc<Identity>>,
    headers: Bytes,
}

/// Where reading a request ends other than in work.
pub(super) enum Stop {
    Refused(Refusal),
    Keys(Arc<str>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Refused(refusal)
    }
}

/// Params that were sent, by name.
type Given<'a> = [(Cow<'a, str>, Input<'a>)];

impl Call {
    /// The path of a request, on one screen.
    pub(super) fn read(&mut self, request: &Request<'_>, may_fetch: bool) -> Result<Ready, Stop> {
        let deployment = self.deployment.clone();
        let form = request.form(deployment.limits().body_bytes)?;
        let identity = self.identity(request, may_fetch)?;
        let sent = request.read(form)?;
        let logic = deployment.logic(&sent.logic).filter(|logic| !logic.is_private).ok_or_else(not_found)?;
        self.logic = Some(logic.clone());
        if form == Form::Get && !logic.cache.as_ref().is_some_and(|caching| caching.is_get) {
            return Err(Refusal::method("POST").into());
        }
        check_access(&logic.access, identity.as_deref())?;
        let headers = || headers_json(request.headers).into();
        Ok(prepare(logic, identity, &sent.params.inputs(), headers, form == Form::Get)?)
    }

    /// The same for a logic that another one invokes: private ones are open to it.
    pub(super) fn read_invoke(&mut self, scope: &Scope, path: &str, params: &str) -> Result<Ready, Refusal> {
        let logic = self.deployment.logic(path).cloned().ok_or_else(not_found)?;
        self.logic = Some(logic.clone());
        if !logic.is_private {
            check_access(&logic.access, scope.identity.as_deref())?;
        }
        let members = json::members(params);
        let given: Vec<_> =
            members.iter().map(|(name, raw)| (Cow::Borrowed(name.as_ref()), Input::Json(raw))).collect();
        prepare(&logic, scope.identity.clone(), &given, || scope.headers.clone(), false)
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

    /// The effect that does the work, within `timeout_ms` from now on.
    pub(super) fn effect_of(&self, work: &Work, timeout_ms: u64, now_ms: u64) -> Effect {
        let prepared = match work {
            Work::Sql(work) => return Effect::Sql { work: work.clone(), timeout_ms },
            Work::Run(prepared) => prepared,
        };
        let Prepared { logic, params, identity, headers } = &**prepared;
        let chain = self.chain.iter().chain([&logic.path]).cloned().collect();
        let scope = Scope {
            deployment: self.deployment.clone(),
            request: request_json(&self.request_id, &logic.path, headers, identity.as_deref()),
            logic: logic.clone(),
            identity: identity.clone(),
            headers: headers.clone(),
            request_id: self.request_id.clone(),
            deadline_ms: now_ms.saturating_add(timeout_ms),
            chain,
        };
        let program = scope.program();
        let work = RunWork {
            engine: program.engine,
            params: params.clone(),
            memory_bytes: program.memory_bytes,
            result_bytes_max: program.bytes_max,
            scope: Arc::new(scope),
        };
        Effect::Run { work: Arc::new(work), timeout_ms }
    }
}

/// Checks the params and binds them, or writes them for the engine; and names the answer.
fn prepare(
    logic: &Arc<Logic>,
    identity: Option<Arc<Identity>>,
    given: &Given<'_>,
    headers: impl FnOnce() -> Bytes,
    is_get: bool,
) -> Result<Ready, Refusal> {
    let mut errors = Errors::default();
    let values = logic.params.read(given, &mut errors);
    let key_identity = |vary| (vary == Vary::User).then_some(identity.as_deref());
    match &logic.body {
        Body::Sql(statements) => {
            let work = statements.work(&logic.params, &values, identity.as_deref(), &mut errors);
            let work = work.map_err(|fault| match fault {
                BindFault::Params => wrong_params(errors),
                BindFault::Subject => Refusal::new(
                    ErrorCode::SubjectType,
                    "the token's subject is not of the type that the logic binds",
                ),
            })?;
            let key = logic.cache.as_ref();
            let key = key.map(|caching| caching.prefix.key(&values, key_identity(caching.vary)));
            Ok(Ready { work: Work::Sql(Arc::new(work)), key, is_get })
        }
        Body::Program(_) => {
            if !errors.is_empty() {
                return Err(wrong_params(errors));
            }
            let params = Bytes::from(logic.params.object(given, &values));
            let key = logic.cache.as_ref();
            let key = key.map(|caching| caching.prefix.key_of_object(&params, key_identity(caching.vary)));
            let is_shared = logic.is_shared();
            let headers = if is_shared { Bytes::from_static(b"{}") } else { headers() };
            let identity = identity.filter(|_| !is_shared);
            let prepared = Prepared { logic: logic.clone(), params, identity, headers };
            Ok(Ready { work: Work::Run(Arc::new(prepared)), key, is_get })
        }
    }
}

fn not_found() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "there is no such logic")
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
