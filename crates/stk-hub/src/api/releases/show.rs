//! `GET …/releases/{number}`.

use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use stk_contract::hub::ReleaseInfo;
use stk_contract::{ErrorCode, Problem};

use crate::api::Shared;
use crate::api::answer::ApiError;
use crate::api::environment::Scope;

/// The last segment of the path.
#[derive(Deserialize)]
pub struct Number {
    number: String,
}

#[utoipa::path(get, path = "/api/v1/projects/{project}/environments/{env}/releases/{number}", tag = "releases",
    security(("token" = [])),
    params(("project" = String, Path), ("env" = String, Path), ("number" = u64, Path)),
    responses((status = 200, body = ReleaseInfo), (status = 404, body = Problem))
)]
pub async fn handle(
    state: Shared,
    scope: Scope,
    Path(Number { number }): Path<Number>,
) -> Result<Json<ReleaseInfo>, ApiError> {
    let found = match number.parse::<u32>() {
        Ok(number) => state.store.release(&scope.project, &scope.env, number.into()).await?,
        Err(_) => None,
    };
    let missing = || {
        let detail = format!("There is no release `{number}` in `{}/{}`.", scope.project, scope.env);
        Problem::new(ErrorCode::NotFound).detail(detail)
    };
    Ok(Json(found.ok_or_else(missing)?))
}
