//! `POST …/schema/applies`: begins to apply a plan, exactly as it was shown.

use axum::Json;
use axum::http::StatusCode;
use stk_contract::Problem;
use stk_contract::hub::schema::{SchemaApply, SchemaApplyRequest};

use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::apply;
use crate::schema::runs;

#[utoipa::path(post, path = "/api/v1/projects/{project}/environments/{env}/schema/applies", tag = "schema",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    request_body = SchemaApplyRequest,
    responses(
        (status = 202, description = "It runs; ask how far it is.", body = SchemaApply),
        (status = 404, description = "There is no such plan.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Body(request): Body<SchemaApplyRequest>,
) -> Result<(StatusCode, Json<SchemaApply>), ApiError> {
    let place = apply::Place { project: &scope.project, env: &scope.env, operator: &operator.name };
    Ok((StatusCode::ACCEPTED, Json(runs::start(state.0.clone(), place, request).await?)))
}
