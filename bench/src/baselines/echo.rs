//! The least that a handler of JSON can do: read it and write it.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

pub fn router() -> Router {
    Router::new().route("/echo", post(|Json(params): Json<Value>| async move { Json(params) }))
}
