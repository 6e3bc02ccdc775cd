//! `POST …/schema/plan`: what would change, judged and kept under its id.

use axum::Json;
use stk_contract::Problem;
use stk_contract::hub::schema::{SchemaPlan, SchemaPlanRequest};

use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::apply;

#[utoipa::path(post, path = "/api/v1/projects/{project}/environments/{env}/schema/plan", tag = "schema",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    request_body = SchemaPlanRequest,
    responses(
        (status = 200, description = "The plan; nothing was changed.", body = SchemaPlan),
        (status = 422, description = "The files or the rehearsal have errors.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Body(request): Body<SchemaPlanRequest>,
) -> Result<Json<SchemaPlan>, ApiError> {
    let place = apply::Place { project: &scope.project, env: &scope.env, operator: &operator.name };
    Ok(Json(apply::plan_schema(&state, place, request).await?))
}
