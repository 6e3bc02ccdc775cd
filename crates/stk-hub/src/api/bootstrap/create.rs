//! `POST /bootstrap`: trades the one-time token of the first start for the first operator's access token.

use axum::Json;
use axum::http::StatusCode;
use stk_contract::hub::{AccessToken, Bootstrap};
use stk_contract::{ErrorCode, Problem};

use crate::api::answer::{ApiError, Body};
use crate::api::{Shared, routes::Role};
use crate::bootstrap::{self, ACCESS_PREFIX, BOOTSTRAP_PREFIX};

/// What the first operator is called.
const FIRST: &str = "admin";

#[utoipa::path(post, path = "/api/v1/bootstrap", tag = "operators", request_body = Bootstrap, responses(
    (status = 201, description = "The access token, shown once.", body = AccessToken),
    (status = 401, description = "The token is wrong or used.", body = Problem),
))]
pub async fn handle(
    state: Shared,
    Body(request): Body<Bootstrap>,
) -> Result<(StatusCode, Json<AccessToken>), ApiError> {
    let refused = || {
        Problem::new(ErrorCode::Unauthorized)
            .detail("The one-time token is wrong, or was used already.")
            .hint("the Hub prints a new one at each start, as long as it has no operator")
    };
    if !bootstrap::is_well_formed(&request.token, BOOTSTRAP_PREFIX) {
        return Err(refused().into());
    }
    let access_token = bootstrap::new_token(ACCESS_PREFIX)?;
    let (token, new) = (bootstrap::hash(&request.token), bootstrap::hash(&access_token));
    if !state.store.bootstrap(&token, FIRST, Role::Owner.name(), &new).await? {
        return Err(refused().into());
    }
    tracing::info!(operator = FIRST, "the first operator was made");
    Ok((StatusCode::CREATED, Json(AccessToken { access_token: access_token.to_string() })))
}
