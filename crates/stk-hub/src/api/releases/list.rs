//! `GET …/releases`, newest first.

use axum::Json;
use stk_contract::Problem;
use stk_contract::hub::ReleaseInfo;

use crate::api::Shared;
use crate::api::answer::ApiError;
use crate::api::environment::Scope;

#[utoipa::path(get, path = "/api/v1/projects/{project}/environments/{env}/releases", tag = "releases",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    responses((status = 200, body = Vec<ReleaseInfo>), (status = 404, body = Problem))
)]
pub async fn handle(state: Shared, scope: Scope) -> Result<Json<Vec<ReleaseInfo>>, ApiError> {
    Ok(Json(state.store.releases(&scope.project, &scope.env).await?))
}
