//! `PUT …/secrets/{name}`: a new version, on all Servers without a redeploy.

use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use stk_contract::hub::{SecretInfo, SecretValue};
use stk_contract::names::check_name;
use stk_contract::seal::SecretId;
use stk_contract::{ErrorCode, Problem};
use zeroize::Zeroizing;

use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::provision;
use crate::store::secrets::SecretKey;

/// Bytes of the longest secret.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// The last segment of the path.
#[derive(Deserialize)]
pub struct Name {
    pub name: String,
}

#[utoipa::path(put, path = "/api/v1/projects/{project}/environments/{env}/secrets/{name}", tag = "secrets",
    security(("token" = [])),
    params(("project" = String, Path), ("env" = String, Path), ("name" = String, Path)), request_body = SecretValue,
    responses((status = 200, body = SecretInfo), (status = 404, body = Problem))
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Path(Name { name }): Path<Name>,
    Body(secret): Body<SecretValue>,
) -> Result<Json<SecretInfo>, ApiError> {
    let value = Zeroizing::new(secret.value);
    let invalid = |detail: String| Problem::new(ErrorCode::InvalidCall).detail(detail);
    check_name(&name).map_err(|error| invalid(error.to_string()))?;
    if value.is_empty() || value.len() > VALUE_BYTES_MAX || value.contains('\0') {
        return Err(invalid(format!(
            "The value of `{name}` must have 1 to {VALUE_BYTES_MAX} bytes, none of them 0."
        ))
        .into());
    }
    let Scope { project, env } = &scope;
    let key = SecretKey { project, env, name: &name };
    let seal = |version| {
        let id = SecretId { project, env, name: &name, version };
        state.vault.seal(&id, value.as_bytes()).map_err(ApiError::from)
    };
    let info = state.store.set_secret(key, &operator.name, seal).await?;
    provision::provision(&state, project, env).await?;
    Ok(Json(info))
}
