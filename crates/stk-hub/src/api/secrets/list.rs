//! `GET …/secrets`: names, versions and times.

use axum::Json;
use stk_contract::Problem;
use stk_contract::hub::SecretInfo;

use crate::api::Shared;
use crate::api::answer::ApiError;
use crate::api::environment::Scope;

#[utoipa::path(get, path = "/api/v1/projects/{project}/environments/{env}/secrets", tag = "secrets",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    responses((status = 200, body = Vec<SecretInfo>), (status = 404, body = Problem))
)]
pub async fn handle(state: Shared, scope: Scope) -> Result<Json<Vec<SecretInfo>>, ApiError> {
    Ok(Json(state.store.secret_infos(&scope.project, &scope.env).await?))
}
