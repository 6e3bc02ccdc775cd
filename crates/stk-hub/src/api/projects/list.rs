//! `GET /projects`.

use axum::Json;
use stk_contract::hub::Project;

use crate::api::Shared;
use crate::api::answer::ApiError;

#[utoipa::path(get, path = "/api/v1/projects", tag = "projects", security(("token" = [])), responses(
    (status = 200, body = Vec<Project>),
))]
pub async fn handle(state: Shared) -> Result<Json<Vec<Project>>, ApiError> {
    let projects = state.store.projects().await?;
    Ok(Json(projects.into_iter().map(|id| Project { id }).collect()))
}
