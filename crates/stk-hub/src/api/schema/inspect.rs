//! `POST …/schema/inspect`: a database as HCL.

use axum::Json;
use stk_contract::Problem;
use stk_contract::hub::schema::{SchemaInspectRequest, SchemaInspection};

use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::apply;

#[utoipa::path(post, path = "/api/v1/projects/{project}/environments/{env}/schema/inspect", tag = "schema",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    request_body = SchemaInspectRequest,
    responses(
        (status = 200, body = SchemaInspection),
        (status = 404, description = "There is no such database.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Body(request): Body<SchemaInspectRequest>,
) -> Result<Json<SchemaInspection>, ApiError> {
    let place = apply::Place { project: &scope.project, env: &scope.env, operator: &operator.name };
    Ok(Json(apply::inspect_schema(&state, place, request).await?))
}
