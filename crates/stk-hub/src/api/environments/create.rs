//! `POST /projects/{project}/environments`: an environment with a key of its own.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use stk_contract::hub::Environment;
use stk_contract::names::check_slug;
use stk_contract::{ErrorCode, Problem};

use super::list::no_project;
use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::hub::EnvironmentId;
use crate::state::State;
use crate::vault;

#[utoipa::path(post, path = "/api/v1/projects/{project}/environments", tag = "environments",
    security(("token" = [])), params(("project" = String, Path)), request_body = Environment,
    responses(
        (status = 201, body = Environment),
        (status = 404, body = Problem),
        (status = 409, description = "There is an environment of this name.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    Path(project): Path<String>,
    Body(environment): Body<Environment>,
) -> Result<(StatusCode, Json<Environment>), ApiError> {
    let name = environment.name;
    check_slug(&name).map_err(|error| Problem::new(ErrorCode::InvalidCall).detail(error.to_string()))?;
    if !state.store.has_project(&project).await? {
        return Err(no_project(&project));
    }
    if !create_environment(&state, &project, &name, &operator.name).await? {
        let detail = format!("The environment `{name}` of `{project}` is there already.");
        return Err(Problem::new(ErrorCode::Conflict).detail(detail).into());
    }
    Ok((StatusCode::CREATED, Json(Environment { name, number: None })))
}

/// Makes the environment and tells whoever listens. False where it is there already.
pub async fn create_environment(
    state: &State,
    project: &str,
    env: &str,
    operator: &str,
) -> Result<bool, ApiError> {
    let key = vault::random_bytes()?;
    let envelope = state.vault.seal(&vault::environment_key_id(project, env, 1), key.as_slice())?;
    let created = state.store.create_environment(project, env, &envelope, operator).await?;
    if created {
        // Nobody may be listening.
        let _ = state.created.send(EnvironmentId { project: project.to_owned(), env: env.to_owned() });
    }
    Ok(created)
}
