//! `GET …/schema/applies/{id}`: how far an apply is, or how it ended.

use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use stk_contract::hub::schema::SchemaApply;
use stk_contract::{ErrorCode, Problem};

use crate::api::Shared;
use crate::api::answer::ApiError;
use crate::api::environment::Scope;
use crate::apply;
use crate::schema::runs;

/// The last segment of the path.
#[derive(Deserialize)]
pub struct Id {
    id: String,
}

impl Id {
    pub fn number(&self) -> Result<u64, ApiError> {
        let missing =
            || Problem::new(ErrorCode::NotFound).detail(format!("There is no schema apply `{}`.", self.id));
        Ok(self.id.parse().map_err(|_| missing())?)
    }
}

#[utoipa::path(get, path = "/api/v1/projects/{project}/environments/{env}/schema/applies/{id}", tag = "schema",
    security(("token" = [])),
    params(("project" = String, Path), ("env" = String, Path), ("id" = u64, Path)),
    responses((status = 200, body = SchemaApply), (status = 404, body = Problem))
)]
pub async fn handle(state: Shared, scope: Scope, Path(id): Path<Id>) -> Result<Json<SchemaApply>, ApiError> {
    let place = apply::Place { project: &scope.project, env: &scope.env, operator: "" };
    Ok(Json(runs::show(&state, place, id.number()?).await?))
}
