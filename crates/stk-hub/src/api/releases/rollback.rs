//! `POST …/rollback`: an earlier release under a new number, checked again.

use axum::Json;
use stk_contract::Problem;
use stk_contract::hub::{ApplyResult, RollbackRequest};

use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::apply;

#[utoipa::path(post, path = "/api/v1/projects/{project}/environments/{env}/rollback", tag = "releases",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    request_body = RollbackRequest,
    responses(
        (status = 200, description = "What serves now.", body = ApplyResult),
        (status = 404, body = Problem),
        (status = 409, description = "Somebody else applied first; the detail says who.", body = Problem),
        (status = 422, description = "It does not fit the live database any more.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Body(request): Body<RollbackRequest>,
) -> Result<Json<ApplyResult>, ApiError> {
    let place = apply::Place { project: &scope.project, env: &scope.env, operator: &operator.name };
    Ok(Json(apply::rollback(&state, place, request).await?))
}
