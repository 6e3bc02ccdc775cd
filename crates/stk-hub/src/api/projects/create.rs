//! `POST /projects`: a project with its first environment, `prod`.

use axum::Json;
use axum::http::StatusCode;
use stk_contract::hub::Project;
use stk_contract::names::check_slug;
use stk_contract::{ErrorCode, Problem};

use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::api::environments::create::create_environment;

/// The environment that every project has.
const DEFAULT_ENVIRONMENT: &str = "prod";

#[utoipa::path(post, path = "/api/v1/projects", tag = "projects", security(("token" = [])), request_body = Project,
    responses(
        (status = 201, body = Project),
        (status = 409, description = "There is a project of this id.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    Body(project): Body<Project>,
) -> Result<(StatusCode, Json<Project>), ApiError> {
    check_slug(&project.id)
        .map_err(|error| Problem::new(ErrorCode::InvalidCall).detail(error.to_string()))?;
    let created = state.store.create_project(&project.id, &operator.name).await?;
    // An earlier request may have ended between the two steps; the second is made good here.
    let with_environment =
        create_environment(&state, &project.id, DEFAULT_ENVIRONMENT, &operator.name).await?;
    if !created && !with_environment {
        let detail = format!("The project `{}` is there already.", project.id);
        return Err(Problem::new(ErrorCode::Conflict).detail(detail).into());
    }
    Ok((StatusCode::CREATED, Json(project)))
}
