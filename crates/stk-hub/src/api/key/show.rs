//! `GET …/key`: the environment key, for a Server that runs apart from the Hub. Audited before it is given.

use axum::Json;
use stk_contract::hub::EnvironmentKey;
use stk_contract::{ErrorCode, Problem};

use crate::api::Shared;
use crate::api::answer::ApiError;
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::provision::environment_keys;
use crate::store::audit::Entry;

#[utoipa::path(get, path = "/api/v1/projects/{project}/environments/{env}/key", tag = "environments",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    responses(
        (status = 200, description = "The newest environment key, and the public key to pin.", body = EnvironmentKey),
        (status = 404, body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
) -> Result<Json<EnvironmentKey>, ApiError> {
    let Scope { project, env } = &scope;
    let entry = Entry {
        operator: &operator.name,
        action: "environment_key.read",
        project,
        env,
        detail: "the newest",
    };
    state.store.audit(&entry).await?;
    let keys = environment_keys(&state, project, env).await?;
    let key = keys
        .first()
        .ok_or_else(|| Problem::new(ErrorCode::NotFound).detail("The environment has no key."))?;
    Ok(Json(EnvironmentKey { key: key.to_hex(), signing_key: state.signing_key.verifying_key().to_hex() }))
}
