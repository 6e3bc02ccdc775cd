//! Who is asking, and may they: one check in front of every route.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Request, State as FromState};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use stk_contract::{ErrorCode, Problem};

use super::answer::ApiError;
use super::routes::{self, Access};
use crate::bootstrap::{self, ACCESS_PREFIX};
use crate::state::State;

/// The operator whose token came with the request. Only routes that need a token can have one.
#[derive(Debug, Clone)]
pub struct Operator {
    pub name: String,
    pub role: String,
}

impl<S: Sync> FromRequestParts<S> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Operator, ApiError> {
        parts.extensions.get().cloned().ok_or_else(unauthorized)
    }
}

/// Lets a request through where the table says so.
pub async fn check(
    FromState(state): FromState<Arc<State>>,
    path: MatchedPath,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    // HEAD is answered by the handler of GET, and needs what GET needs.
    let method = if request.method() == "HEAD" { "GET" } else { request.method().as_str() };
    if let Access::Roles(roles) = routes::access(method, path.as_str()) {
        let token = bearer(&request).ok_or_else(unauthorized)?;
        if !bootstrap::is_well_formed(token, ACCESS_PREFIX) {
            return Err(unauthorized());
        }
        let found = state.store.operator_of(&bootstrap::hash(token)).await?.ok_or_else(unauthorized)?;
        if !roles.iter().any(|role| role.name() == found.role) {
            let detail = format!("The role `{}` may not do this.", found.role);
            return Err(Problem::new(ErrorCode::Forbidden).detail(detail).into());
        }
        request.extensions_mut().insert(Operator { name: found.name, role: found.role });
    }
    Ok(next.run(request).await)
}

fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn unauthorized() -> ApiError {
    Problem::new(ErrorCode::Unauthorized)
        .detail("The Hub needs an access token (`Authorization: Bearer stk_pat_…`) that is not revoked or expired.")
        .hint("log in with `stk login`, or set STK_TOKEN")
        .into()
}
