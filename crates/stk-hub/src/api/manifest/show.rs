//! `GET …/manifest`: what `stk sync` writes types from.

use axum::Json;
use stk_contract::client_manifest::ClientManifest;
use stk_contract::hub::ManifestResponse;
use stk_contract::{Attestation, ErrorCode, Problem};

use crate::api::Shared;
use crate::api::answer::ApiError;
use crate::api::environment::Scope;
use crate::provision::{ProvisionError, load_release};

#[utoipa::path(get, path = "/api/v1/projects/{project}/environments/{env}/manifest", tag = "releases",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    responses((status = 200, body = ManifestResponse), (status = 404, description = "Nothing serves yet.", body = Problem))
)]
pub async fn handle(state: Shared, scope: Scope) -> Result<Json<ManifestResponse>, ApiError> {
    let live = state.store.live(&scope.project, &scope.env).await?.ok_or_else(|| {
        Problem::new(ErrorCode::NotFound)
            .detail(format!("Nothing serves in `{}/{}` yet.", scope.project, scope.env))
            .hint("`stk deploy` makes the first release")
    })?;
    let release = load_release(&state, &live.release).await?;
    let bytes = state.store.blob(&live.attestation).await?;
    let attestation: Attestation = stk_contract::package::decode(&bytes).map_err(ProvisionError::from)?;
    let manifest = ClientManifest::from((&release.manifest, &attestation));
    Ok(Json(ManifestResponse {
        number: live.number,
        hash: attestation.manifest,
        manifest,
        openapi: release.openapi,
    }))
}
