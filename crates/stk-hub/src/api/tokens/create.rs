//! `POST …/tokens`: a development token for a user of the app, signed with the environment's own secret.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::http::StatusCode;
use stk_contract::config::{Auth, Template};
use stk_contract::hub::{UserToken, UserTokenRequest};
use stk_contract::token::{self, Claims};
use stk_contract::{ErrorCode, Problem};
use zeroize::Zeroizing;

use crate::api::Shared;
use crate::api::answer::{ApiError, Body};
use crate::api::auth::Operator;
use crate::api::environment::Scope;
use crate::provision::{load_release, open_secrets};
use crate::store::audit::Entry;

/// A development token is not to outlive a year.
const TTL_SECONDS_MAX: u64 = 365 * 24 * 60 * 60;

#[utoipa::path(post, path = "/api/v1/projects/{project}/environments/{env}/tokens", tag = "tokens",
    security(("token" = [])), params(("project" = String, Path), ("env" = String, Path)),
    request_body = UserTokenRequest,
    responses(
        (status = 201, description = "The token, shown once.", body = UserToken),
        (status = 400, description = "No `jwt.secret`, or an unknown role.", body = Problem),
        (status = 404, body = Problem),
    )
)]
pub async fn handle(
    state: Shared,
    operator: Operator,
    scope: Scope,
    Body(request): Body<UserTokenRequest>,
) -> Result<(StatusCode, Json<UserToken>), ApiError> {
    let Scope { project, env } = &scope;
    let live = state.store.live(project, env).await?.ok_or_else(|| {
        Problem::new(ErrorCode::NotFound)
            .detail(format!("Nothing serves in `{project}/{env}` yet, so there is no `config/auth.yaml`."))
            .hint("`stk deploy` makes the first release")
    })?;
    let auth = load_release(&state, &live.release).await?.config.auth;
    let (template, ttl) = check(&auth, &request)?;
    let secrets = open_secrets(&state, project, env).await?;
    let secret = template.resolve(|name| secrets.get(name).map(|(_, value)| value.as_str()));
    let secret = Zeroizing::new(secret.map_err(|missing| {
        Problem::new(ErrorCode::Conflict)
            .detail(format!("`jwt.secret` of `config/auth.yaml`: {missing}."))
            .hint(format!("`stk secret set {} --env {env}`", missing.0))
    })?);
    let detail = format!("for `{}` with roles {:?}, {ttl} s", request.user, request.roles);
    let entry = Entry { operator: &operator.name, action: "token.create", project, env, detail: &detail };
    state.store.audit(&entry).await?;
    let iat = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let claims = Claims {
        iss: token::ISSUER.to_owned(),
        aud: token::audience(project, env),
        sub: request.user,
        email: request.email,
        roles: request.roles,
        iat,
        exp: iat + ttl,
    };
    let expires_at = jiff::Timestamp::from_second((iat + ttl) as i64)
        .expect("a year from now is within the calendar")
        .to_string();
    let token = token::mint(&claims, secret.as_bytes());
    Ok((StatusCode::CREATED, Json(UserToken { token, expires_at })))
}

/// The secret to sign with, and the seconds that the token lives.
fn check<'a>(auth: &'a Auth, request: &UserTokenRequest) -> Result<(&'a Template, u64), ApiError> {
    let invalid = |detail: String| Problem::new(ErrorCode::InvalidCall).detail(detail);
    if request.user.is_empty() || request.user.contains('\0') {
        return Err(invalid("The user's id is empty or holds U+0000.".to_owned()).into());
    }
    let jwt = auth.jwt.as_ref();
    let secret = jwt.and_then(|jwt| jwt.secret.as_ref()).ok_or_else(|| {
        invalid(
            "`config/auth.yaml` has no `jwt.secret`, so there is nothing to sign a token with.".to_owned(),
        )
        .hint("add `jwt: { secret: ${JWT_SECRET} }` and `stk secret set JWT_SECRET`, then apply")
    })?;
    if let Some(role) = request.roles.iter().find(|role| auth.roles.iter().all(|known| known.name != **role))
    {
        let known: Vec<String> = auth.roles.iter().map(|role| format!("`{}`", role.name)).collect();
        let hint = if known.is_empty() {
            "`config/auth.yaml` has no `roles`".to_owned()
        } else {
            format!("`config/auth.yaml` has {}", known.join(", "))
        };
        return Err(invalid(format!("There is no role `{role}`.")).hint(hint).into());
    }
    let ttl = request.ttl.or(jwt.map(|jwt| jwt.expires_in_ms / 1000)).unwrap_or(0);
    if !(1..=TTL_SECONDS_MAX).contains(&ttl) {
        return Err(invalid(format!("The token's time must be 1 to {TTL_SECONDS_MAX} seconds.")).into());
    }
    Ok((secret, ttl))
}
