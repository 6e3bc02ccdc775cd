//! `GET /projects/{project}/environments`.

use axum::Json;
use axum::extract::Path;
use stk_contract::hub::Environment;
use stk_contract::{ErrorCode, Problem};

use crate::api::Shared;
use crate::api::answer::ApiError;

#[utoipa::path(get, path = "/api/v1/projects/{project}/environments", tag = "environments", security(("token" = [])),
    params(("project" = String, Path)),
    responses((status = 200, body = Vec<Environment>), (status = 404, body = Problem))
)]
pub async fn handle(state: Shared, Path(project): Path<String>) -> Result<Json<Vec<Environment>>, ApiError> {
    if !state.store.has_project(&project).await? {
        return Err(no_project(&project));
    }
    let environments = state.store.environments(&project).await?;
    Ok(Json(environments.into_iter().map(|(name, number)| Environment { name, number }).collect()))
}

pub fn no_project(project: &str) -> ApiError {
    Problem::new(ErrorCode::NotFound)
        .detail(format!("There is no project `{project}`."))
        .hint("`stk project list` shows those that are there")
        .into()
}
