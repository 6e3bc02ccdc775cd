//! Answers: JSON in and out, problems as `application/problem+json`, a request id on each.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use stk_contract::{ErrorCode, Problem};

use crate::apply::ApplyError;
use crate::causes::chain;
use crate::provision::ProvisionError;
use crate::store::StoreError;
use crate::vault::VaultError;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A problem for the caller, and its cause for the log.
#[derive(Debug, Clone)]
pub struct ApiError {
    problem: Box<Problem>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl ApiError {
    /// Something failed on our side: the caller learns the request id, the log the cause.
    fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> ApiError {
        ApiError { problem: Box::new(Problem::new(ErrorCode::Internal)), cause: Some(Arc::new(cause)) }
    }

    /// Something that the Hub needs is gone for now.
    fn unavailable(detail: &str, cause: impl std::error::Error + Send + Sync + 'static) -> ApiError {
        let problem = Problem::new(ErrorCode::Unavailable).detail(detail);
        ApiError { problem: Box::new(problem), cause: Some(Arc::new(cause)) }
    }
}

impl ApiError {
    /// What the caller would be told.
    pub fn problem(self) -> Problem {
        *self.problem
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> ApiError {
        ApiError { problem: Box::new(problem), cause: None }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        match error {
            error @ StoreError::Unreachable(_) => {
                ApiError::unavailable("The Hub's own database can not be reached.", error)
            }
            error => ApiError::internal(error),
        }
    }
}

impl From<VaultError> for ApiError {
    fn from(error: VaultError) -> ApiError {
        ApiError::internal(error)
    }
}

impl From<getrandom::Error> for ApiError {
    fn from(error: getrandom::Error) -> ApiError {
        ApiError::internal(error)
    }
}

impl From<ProvisionError> for ApiError {
    fn from(error: ProvisionError) -> ApiError {
        match error {
            ProvisionError::Store(error) => error.into(),
            ProvisionError::Kv(error) => ApiError::unavailable(
                "The change is kept, but the KV can not be written: Servers get it once the KV is back.",
                error,
            ),
            error => ApiError::internal(error),
        }
    }
}

impl From<ApplyError> for ApiError {
    fn from(error: ApplyError) -> ApiError {
        match error {
            ApplyError::Refused(problem) => (*problem).into(),
            ApplyError::Store(error) => error.into(),
            ApplyError::Provision(error) => error.into(),
            ApplyError::Kv(error) => {
                ApiError::unavailable("The KV can not be written; what served before still serves.", error)
            }
            error => ApiError::internal(error),
        }
    }
}

/// Leaves the problem for [`finish`], which knows the request id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every request an id, writes problems, and logs each 5xx once with its cause.
pub async fn finish(request: Request, next: Next) -> Response {
    let id = request_id();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        if error.problem.status >= 500 {
            let cause = error.cause.as_deref().map(|cause| chain(cause));
            tracing::error!(request_id = id, %method, path, cause, code = error.problem.code.code(), "request failed");
        }
        response = problem_response(*error.problem, &id);
    }
    let id = HeaderValue::from_str(&id).expect("hex digits are a header value");
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn problem_response(mut problem: Problem, id: &str) -> Response {
    problem.request_id = Some(id.to_owned());
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(&problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn request_id() -> String {
    let mut bytes = [0; 16];
    // Where there is no entropy, keys can not be made either; an id of zeros is still an id.
    let _ = getrandom::fill(&mut bytes);
    hex::encode(bytes)
}

/// A JSON body; what is wrong with one becomes a problem.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Body<T>, ApiError> {
        let Json(value) = Json::<T>::from_request(request, state).await.map_err(|rejection| {
            let code = match &rejection {
                JsonRejection::MissingJsonContentType(_) => ErrorCode::UnsupportedMediaType,
                rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
                JsonRejection::JsonDataError(_) => ErrorCode::InvalidCall,
                _ => ErrorCode::InvalidJson,
            };
            // The text of a data error could repeat a value, and the value may be a secret.
            let detail = match code {
                ErrorCode::InvalidCall => "The body has not the fields that this endpoint takes.".to_owned(),
                _ => rejection.status().canonical_reason().unwrap_or("The body can not be read.").to_owned(),
            };
            Problem::new(code).detail(detail)
        })?;
        Ok(Body(value))
    }
}
