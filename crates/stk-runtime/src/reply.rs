//! The answer of a call, and the headers that the runtime knows of.

use bytes::Bytes;
use stk_contract::{ErrorCode, Problem};

/// An answer. Of its headers the host writes: `content-type`, `x-cache-status`, `x-santokit-release`, `retry-after`,
/// `allow`, `www-authenticate`, `cache-control`; and by itself `x-request-id` and `server-timing`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub status: u16,
    /// Absent where there is no body.
    pub content_type: Option<&'static str>,
    pub cache_status: CacheStatus,
    /// The number of the release that answered; absent where none is loaded.
    pub release: Option<u64>,
    pub retry_after_s: Option<u32>,
    /// Of 405.
    pub allow: Option<&'static str>,
    /// Of 401.
    pub www_authenticate: Option<&'static str>,
    /// Of answers that browsers and CDNs may keep.
    pub cache_control: Option<CacheControl>,
    pub body: Bytes,
    /// The code of a problem, for metrics; absent also where it is a logic's own.
    pub code: Option<ErrorCode>,
    /// What the caller must not see of a 5xx: the host logs it once, with the request id.
    pub cause: Option<Box<str>>,
}

/// `x-cache-status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheStatus {
    Hit,
    Miss,
    Stale,
    /// The cache had no part in the answer.
    Bypass,
}

impl CacheStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            CacheStatus::Hit => "HIT",
            CacheStatus::Miss => "MISS",
            CacheStatus::Stale => "STALE",
            CacheStatus::Bypass => "BYPASS",
        }
    }
}

/// `cache-control` of an answer for everybody; [`std::fmt::Display`] gives the header's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheControl {
    pub max_age_s: u64,
    pub stale_while_revalidate_s: u64,
}

impl std::fmt::Display for CacheControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "public, max-age={}", self.max_age_s)?;
        if self.stale_while_revalidate_s > 0 {
            write!(f, ", stale-while-revalidate={}", self.stale_while_revalidate_s)?;
        }
        Ok(())
    }
}

pub(crate) const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";

/// After how long a caller of an unavailable service should come back.
const RETRY_AFTER_S: u32 = 1;

impl Reply {
    /// A refusal that the host makes by itself, before or without a call: too large a body, no release yet, …
    pub fn refuse(code: ErrorCode, detail: &str, request_id: &str, release: Option<u64>) -> Reply {
        Reply::problem(Problem::new(code).detail(detail), request_id, release)
    }

    pub(crate) fn problem(mut problem: Problem, request_id: &str, release: Option<u64>) -> Reply {
        problem.request_id = Some(request_id.to_owned());
        let code = problem.code.known();
        let retry = matches!(code, Some(ErrorCode::Unavailable | ErrorCode::RateLimited));
        let body = serde_json::to_vec(&problem).expect("a problem has string keys and no failing serialiser");
        Reply {
            status: problem.status,
            content_type: Some(PROBLEM_JSON),
            cache_status: CacheStatus::Bypass,
            release,
            retry_after_s: retry.then_some(RETRY_AFTER_S),
            allow: None,
            www_authenticate: (problem.status == 401).then_some("Bearer"),
            cache_control: None,
            body: body.into(),
            code,
            cause: None,
        }
    }

    /// 200 with a body, or 204 where the logic returns nothing.
    pub(crate) fn success(body: Option<Bytes>, cache_status: CacheStatus, release: u64) -> Reply {
        Reply {
            status: if body.is_some() { 200 } else { 204 },
            content_type: body.is_some().then_some(JSON),
            cache_status,
            release: Some(release),
            retry_after_s: None,
            allow: None,
            www_authenticate: None,
            cache_control: None,
            body: body.unwrap_or_default(),
            code: None,
            cause: None,
        }
    }
}
