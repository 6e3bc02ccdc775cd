//! A call that a developer can paste and that answers with rows: a `curl` of the new API.

use stk_contract::client_manifest::ClientManifest;
use stk_contract::hub::{UserToken, UserTokenRequest};
use stk_contract::{Access, LogicPath, LogicSpec, Returns};
use stk_project::Project;

use super::Dev;
use crate::failure::Failure;

/// How long the token in the printed call is valid.
const TOKEN_SECONDS: u64 = 24 * 3600;

/// Calls that are tried before one is shown that may have no rows.
const TRIED_MAX: usize = 5;

/// A user that nobody is.
const USER: &str = "00000000-0000-4000-8000-000000000001";

struct TryCall {
    url: String,
    is_get: bool,
    token: Option<String>,
}

/// The logic that says most without arguments: public before guarded, many rows before one value, and one that gives
/// rows before one that gives none. Only what reads is called.
pub async fn choose(
    dev: &Dev<'_>,
    project: &Project,
    manifest: &ClientManifest,
) -> Result<Option<String>, Failure> {
    let callable = |path: &LogicPath| manifest.logic.get(path).is_some_and(|logic| logic.read_only);
    let without_arguments = |spec: &LogicSpec| !spec.params.values().any(|param| param.required);
    let mut candidates: Vec<(&LogicPath, &LogicSpec)> = project
        .manifest
        .logic
        .iter()
        .filter(|(path, spec)| callable(path) && without_arguments(spec))
        .collect();
    candidates.sort_by_key(|(_, spec)| {
        let access = match spec.access {
            Access::Public => 0,
            Access::Authenticated => 1,
            Access::Roles(_) => 2,
        };
        (access, spec.returns != Returns::Many)
    });
    let http = reqwest::Client::new();
    let mut first = None;
    for (path, spec) in candidates.into_iter().take(TRIED_MAX) {
        let call = TryCall {
            url: format!("{}/call/{path}", dev.platform.server_url()),
            is_get: spec.is_get(),
            token: token(dev, project, &spec.access).await?,
        };
        if call.gives_rows(&http).await {
            return Ok(Some(call.curl()));
        }
        first.get_or_insert_with(|| call.curl());
    }
    Ok(first)
}

impl TryCall {
    fn curl(&self) -> String {
        if self.is_get {
            return format!("curl -s {}", self.url);
        }
        let auth =
            self.token.as_ref().map_or(String::new(), |token| format!(" -H 'authorization: Bearer {token}'"));
        format!("curl -s {}{auth} -H 'content-type: application/json' -d '{{}}'", self.url)
    }

    async fn gives_rows(&self, http: &reqwest::Client) -> bool {
        let request =
            if self.is_get { http.get(&self.url) } else { http.post(&self.url).json(&serde_json::json!({})) };
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let Ok(response) = request.send().await else { return false };
        let rows: Option<Vec<serde_json::Value>> = response.json().await.ok();
        rows.is_some_and(|rows| !rows.is_empty())
    }
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
    let request = UserTokenRequest { user: USER.to_owned(), email: None, roles, ttl: Some(TOKEN_SECONDS) };
    let token: UserToken = dev.hub.post(&dev.path("/tokens"), &request).await?;
    Ok(Some(token.token))
}
