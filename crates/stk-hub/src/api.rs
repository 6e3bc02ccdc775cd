//! The REST API: one folder a resource, one file a verb. Handlers read the request, ask `store`, `apply` or `provision`,
//! and write the answer; they decide nothing else.

mod answer;
mod apply;
mod auth;
mod bootstrap;
mod environment;
mod environments;
mod key;
mod manifest;
mod openapi;
mod projects;
mod releases;
mod routes;
mod schema;
mod secrets;
mod tokens;
mod whoami;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{delete, get, post, put};
use stk_contract::{ErrorCode, Problem};

pub use answer::ApiError;

use crate::state::State;

/// Bytes of the largest request other than an apply.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of the largest apply: all files of a project.
const APPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What every handler is given.
type Shared = axum::extract::State<Arc<State>>;

/// Every route. The table in `routes` says who may; a path that is not in it is denied.
pub fn router(state: Arc<State>) -> Router {
    Router::new()
        .route(routes::BOOTSTRAP, post(bootstrap::create::handle))
        .route(routes::WHOAMI, get(whoami::show::handle))
        .route(routes::OPENAPI, get(openapi::handle))
        .route(routes::PROJECTS, get(projects::list::handle).post(projects::create::handle))
        .route(routes::ENVIRONMENTS, get(environments::list::handle).post(environments::create::handle))
        .route(routes::SECRETS, get(secrets::list::handle))
        .route(routes::SECRET, put(secrets::set::handle))
        .route(routes::SECRET, delete(secrets::delete::handle))
        .route(routes::APPLY, post(apply::create::handle).layer(DefaultBodyLimit::max(APPLY_BYTES_MAX)))
        .route(routes::SCHEMA_PLAN, post(schema::plan::handle).layer(DefaultBodyLimit::max(APPLY_BYTES_MAX)))
        .route(routes::SCHEMA_INSPECT, post(schema::inspect::handle))
        .route(routes::SCHEMA_DIFF, post(schema::diff::handle).layer(DefaultBodyLimit::max(APPLY_BYTES_MAX)))
        .route(routes::SCHEMA_APPLIES, post(schema::applies::create::handle))
        .route(
            routes::SCHEMA_APPLY,
            get(schema::applies::show::handle).delete(schema::applies::delete::handle),
        )
        .route(routes::RELEASES, get(releases::list::handle))
        .route(routes::RELEASE, get(releases::show::handle))
        .route(routes::ROLLBACK, post(releases::rollback::handle))
        .route(routes::MANIFEST, get(manifest::show::handle))
        .route(routes::TOKENS, post(tokens::create::handle))
        .route(routes::KEY, get(key::show::handle))
        .route_layer(middleware::from_fn_with_state(state.clone(), auth::check))
        .method_not_allowed_fallback(async || ApiError::from(Problem::new(ErrorCode::MethodNotAllowed)))
        .fallback(async || {
            ApiError::from(Problem::new(ErrorCode::NotFound).detail("There is no such endpoint."))
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(answer::finish))
        .with_state(state)
}
