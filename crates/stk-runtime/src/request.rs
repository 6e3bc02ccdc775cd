//! What a host hands in: one request to `/call`, its body whole.

/// One request. The host has already cut off bodies past [`crate::Deployment::limits`]' `body_bytes` where it can;
/// a longer one is refused here again.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// In capitals, such as `POST`.
    pub method: &'a str,
    /// The path of the URL, still percent-encoded: `/call` or `/call/users/get`.
    pub path: &'a str,
    /// What follows `?`, still percent-encoded.
    pub query: Option<&'a str>,
    /// The header `content-type`.
    pub content_type: Option<&'a str>,
    /// The header `authorization`.
    pub authorization: Option<&'a str>,
    pub body: &'a [u8],
    /// Stands in every problem, and in the log line of a 5xx.
    pub request_id: &'a str,
    /// Milliseconds since the Unix epoch.
    pub now_ms: u64,
}
