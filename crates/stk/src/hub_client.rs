//! Calls of the Hub's REST API.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use stk_contract::Problem;

use crate::failure::{Doing as _, Exit, Failure};
use crate::profile::Profile;

/// An apply on a large database takes its time; the Hub has limits of its own.
const TIMEOUT: Duration = Duration::from_secs(600);

#[derive(Debug, Clone)]
pub struct HubClient {
    http: reqwest::Client,
    hub_url: String,
    token: Option<String>,
}

impl HubClient {
    pub fn new(profile: &Profile) -> Result<HubClient, Failure> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("stk/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(TIMEOUT)
            .build()
            .doing(|| "can not make an HTTP client".to_owned())?;
        Ok(HubClient { http, hub_url: profile.hub_url.clone(), token: profile.token.clone() })
    }

    pub fn url(&self) -> &str {
        &self.hub_url
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.call(Method::GET, path, None::<&()>).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.call(Method::DELETE, path, None::<&()>).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.hub_url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        if !status.is_success() {
            return Err(self.refused(status, &bytes));
        }
        // 204 has no body; `()` is `null` in JSON.
        let json = if bytes.is_empty() { b"null".as_slice() } else { &bytes };
        serde_json::from_slice(json)
            .doing(|| format!("the Hub at {} gave an answer this `stk` does not understand", self.hub_url))
    }

    fn refused(&self, status: StatusCode, bytes: &[u8]) -> Failure {
        match serde_json::from_slice::<Problem>(bytes) {
            Ok(problem) => problem.into(),
            Err(_) => {
                Failure::new(format!("{} answered {status}, which is not a Hub's answer", self.hub_url))
                    .exit(Exit::Unreachable)
                    .hint("is this the address of a Hub?")
            }
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        Failure::new(format!("can not reach the Hub at {}: {cause}", self.hub_url)).exit(Exit::Unreachable)
    }
}
