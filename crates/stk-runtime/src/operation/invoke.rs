//! `invoke`: another logic of the release, as a call within the call.

use std::sync::Arc;

use bytes::Bytes;
use stk_contract::Problem;

use super::input::Input;
use super::{Begun, State};
use crate::call::Call;
use crate::reply::Reply;
use crate::run::{OperationFault, OperationResult};
use crate::scope::{DEPTH_MAX, Scope};

pub(super) fn start(scope: &Arc<Scope>, mut input: Input<'_>, now_ms: u64) -> Begun {
    let path = input.text("path")?;
    let params = match input.optional("params") {
        None => "{}",
        Some(raw) if raw.starts_with('{') => raw,
        Some(_) => return Err(input.wrong("params", "must be an object")),
    };
    input.done()?;
    if scope.chain.iter().any(|link| **link == *path) {
        let chain = scope.chain_to(&path);
        return Err(OperationFault::misuse(format!("`invoke` goes in a circle: {chain}")));
    }
    if scope.chain.len() >= DEPTH_MAX {
        let chain = scope.chain_to(&path);
        return Err(OperationFault::misuse(format!("`invoke` goes deeper than {DEPTH_MAX}: {chain}")));
    }
    let (call, effect) = Call::invoke(scope, &path, params, now_ms);
    Ok((State::Invoke(Box::new(call)), effect))
}

/// The answer of the invoked logic, as the one that asked sees it.
pub(super) fn answer(reply: Reply) -> OperationResult {
    if reply.status < 400 {
        let body = if reply.body.is_empty() { Bytes::from_static(b"null") } else { reply.body };
        return Ok(body);
    }
    let fault = match serde_json::from_slice::<Problem>(&reply.body) {
        Ok(problem) => OperationFault { problem: Box::new(with_errors(problem)), cause: reply.cause },
        Err(error) => OperationFault {
            cause: Some(format!("the answer of an invoked logic: {error}").into()),
            ..OperationFault::misuse("the invoked logic failed")
        },
    };
    Err(fault)
}

/// An error in an engine has no place for the list of wrong params, so that the detail names them.
fn with_errors(mut problem: Problem) -> Problem {
    if problem.detail.is_none() && !problem.errors.is_empty() {
        let errors: Vec<String> =
            problem.errors.iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect();
        problem.detail = Some(errors.join("; "));
    }
    problem
}
