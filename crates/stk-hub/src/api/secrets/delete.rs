//! `DELETE …/secrets/{name}`: refused while what serves needs it.

use axum::extract::Path;
use axum::http::StatusCode;
use stk_contract::{ErrorCode, Problem};

use super::set::Name;
use crate::api::Shared;
use crate::api::answer::ApiError;
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::apply::secrets::who_needs;
use crate::provision;
use crate::store::secrets::SecretKey;

#[utoipa::path(delete, path = "/api/v1/projects/{project}/environments/{env}/secrets/{name}", tag = "secrets",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path), ("name" = String, Path)),
    responses(
        (status = 204),
        (status = 404, body = Problem),
        (status = 409, description = "What serves needs it; the detail says who.", body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Path(Name { name }): Path<Name>,
) -> Result<StatusCode, ApiError> {
    let Scope { project, env } = &scope;
    if !state.store.secret_infos(project, env).await?.iter().any(|secret| secret.name == name) {
        let detail = format!("There is no secret `{name}` in `{project}/{env}`.");
        return Err(Problem::new(ErrorCode::NotFound).detail(detail).into());
    }
    let live = state.store.live(project, env).await?;
    if let Some(live) = &live {
        let needed_by = who_needs(&provision::load_release(&state, &live.release).await?, &name);
        if !needed_by.is_empty() {
            let detail =
                format!("Release {} needs the secret `{name}`: {}.", live.number, needed_by.join(", "));
            return Err(Problem::new(ErrorCode::Conflict)
                .detail(detail)
                .hint("apply files that do not name it, then delete it")
                .into());
        }
    }
    let key = SecretKey { project, env, name: &name };
    if !state.store.delete_secret(key, live.map(|live| live.number), &operator.name).await? {
        let detail = format!("`{project}/{env}` changed while the secret `{name}` was to be deleted.");
        return Err(Problem::new(ErrorCode::Conflict).detail(detail).hint("try again").into());
    }
    provision::provision(&state, project, env).await?;
    Ok(StatusCode::NO_CONTENT)
}
