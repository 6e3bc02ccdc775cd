//! `POST …/schema/diff`: what makes one schema into another.

use axum::Json;
use stk_contract::Problem;
use stk_contract::hub::schema::{SchemaDiff, SchemaDiffRequest};

use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::apply;

#[utoipa::path(post, path = "/api/v1/projects/{project}/environments/{env}/schema/diff", tag = "schema",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    request_body = SchemaDiffRequest,
    responses(
        (status = 200, body = SchemaDiff),
        (status = 404, description = "There is no such database or release.", body = Problem),
        (status = 422, description = "One of the two can not be read.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Body(request): Body<SchemaDiffRequest>,
) -> Result<Json<SchemaDiff>, ApiError> {
    let place = apply::Place { project: &scope.project, env: &scope.env, operator: &operator.name };
    Ok(Json(apply::diff_schema(&state, place, request).await?))
}
