//! `POST …/apply`.

use axum::Json;
use stk_contract::Problem;
use stk_contract::hub::{ApplyRequest, ApplyResult};

use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::apply;

#[utoipa::path(post, path = "/api/v1/projects/{project}/environments/{env}/apply", tag = "releases",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)), request_body = ApplyRequest,
    responses(
        (status = 200, description = "What serves now.", body = ApplyResult),
        (status = 404, body = Problem),
        (status = 409, description = "Somebody else applied first; the detail says who.", body = Problem),
        (status = 422, description = "The check found errors; `diagnostics` says where.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Body(request): Body<ApplyRequest>,
) -> Result<Json<ApplyResult>, ApiError> {
    let place = apply::Place { project: &scope.project, env: &scope.env, operator: &operator.name };
    Ok(Json(apply::apply(&state, place, request).await?))
}
