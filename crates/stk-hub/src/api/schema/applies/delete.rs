//! `DELETE …/schema/applies/{id}`: asks an apply to stop. What is committed stays.

use axum::extract::Path;
use axum::http::StatusCode;
use stk_contract::Problem;

use super::show::Id;
use crate::api::Shared;
use crate::api::answer::ApiError;
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::apply;
use crate::schema::runs;

#[utoipa::path(delete, path = "/api/v1/projects/{project}/environments/{env}/schema/applies/{id}", tag = "schema",
    security(("token" = [])),
    params(("project" = String, Path), ("env" = String, Path), ("id" = u64, Path)),
    responses(
        (status = 202, description = "It will stop; ask how far it came."),
        (status = 404, description = "None is under way.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Path(id): Path<Id>,
) -> Result<StatusCode, ApiError> {
    let place = apply::Place { project: &scope.project, env: &scope.env, operator: &operator.name };
    runs::cancel(&state, place, id.number()?).await?;
    Ok(StatusCode::ACCEPTED)
}
