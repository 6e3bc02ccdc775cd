//! The environment that a path names.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::Deserialize;
use stk_contract::{ErrorCode, Problem};

use super::answer::ApiError;
use crate::state::State;

/// Project and environment of the request's path, known to be there.
#[derive(Debug, Clone)]
pub struct Scope {
    pub project: String,
    pub env: String,
}

#[derive(Deserialize)]
struct Segments {
    project: String,
    env: String,
}

impl FromRequestParts<Arc<State>> for Scope {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Scope, ApiError> {
        let segments = Path::<Segments>::from_request_parts(parts, state).await;
        let Path(Segments { project, env }) = segments.map_err(|_| Problem::new(ErrorCode::NotFound))?;
        if !state.store.has_environment(&project, &env).await? {
            return Err(Problem::new(ErrorCode::NotFound)
                .detail(format!("There is no environment `{env}` of a project `{project}`."))
                .hint("`stk env list` shows those that are there")
                .into());
        }
        Ok(Scope { project, env })
    }
}
