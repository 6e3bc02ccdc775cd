//! A call that a developer can paste and that answers: a `curl` of the new API.

use serde_json::json;
use stk_contract::client_manifest::ClientManifest;
use stk_contract::hub::{AccessToken, UserTokenRequest};
use stk_contract::{Access, LogicPath, LogicSpec, Returns};
use stk_project::Project;

use super::Dev;
use crate::failure::Failure;

/// How long the token in the printed call is valid.
const TOKEN_SECONDS: u64 = 24 * 3600;

/// The logic that says most without arguments: public before guarded, many rows before one value.
pub async fn choose(
    dev: &Dev<'_>,
    project: &Project,
    manifest: &ClientManifest,
) -> Result<Option<String>, Failure> {
    let callable = |path: &LogicPath| manifest.logic.get(path).is_some_and(|logic| logic.read_only);
    let without_arguments = |spec: &LogicSpec| !spec.params.values().any(|param| param.required);
    let candidates =
        project.manifest.logic.iter().filter(|(path, spec)| callable(path) && without_arguments(spec));
    let best = candidates.min_by_key(|(_, spec)| {
        let access = match spec.access {
            Access::Public => 0,
            Access::Authenticated => 1,
            Access::Roles(_) => 2,
        };
        (access, spec.returns != Returns::Many)
    });
    let Some((path, spec)) = best else { return Ok(None) };
    let url = format!("{}/call/{path}", dev.platform.server_url());
    if spec.is_get() {
        return Ok(Some(format!("curl -s {url}")));
    }
    let auth = match token(dev, project, &spec.access).await? {
        Some(token) => format!(" -H 'authorization: Bearer {token}'"),
        None => String::new(),
    };
    Ok(Some(format!("curl -s {url}{auth} -H 'content-type: application/json' -d '{}'", json!({}))))
}

/// A token of a made-up user, where the logic asks for one and the project can mint it.
async fn token(dev: &Dev<'_>, project: &Project, access: &Access) -> Result<Option<String>, Failure> {
    let roles = match access {
        Access::Public => return Ok(None),
        Access::Authenticated => Vec::new(),
        Access::Roles(roles) => roles.iter().take(1).cloned().collect(),
    };
    if project.config.auth.jwt.as_ref().is_none_or(|jwt| jwt.secret.is_none()) {
        return Ok(None);
    }
    let user = "00000000-0000-4000-8000-000000000001".to_owned();
    let request = UserTokenRequest { user, email: None, roles, ttl: Some(TOKEN_SECONDS) };
    let token: AccessToken = dev.hub.post(&dev.path("/tokens"), &request).await?;
    Ok(Some(token.access_token))
}
