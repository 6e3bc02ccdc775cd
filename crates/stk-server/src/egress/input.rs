//! The inputs of `fetch.*`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::Url;
use serde::Deserialize;
use stk_runtime::OperationFault;

use super::fault::misuse;

/// Headers of one request.
const HEADERS_MAX: usize = 100;

/// Headers that belong to the connection, or say what the body's framing says.
const FORBIDDEN: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A request as it was asked for.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) redirect: Redirect,
    pub(super) has_body: bool,
}

/// What to do with a redirect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Redirect {
    #[default]
    Follow,
    Error,
    Manual,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OpenInput {
    url: String,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    redirect: Redirect,
    #[serde(default)]
    has_body: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteInput {
    id: u32,
    #[serde(default)]
    chunk: String,
    #[serde(default)]
    last: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdInput {
    id: u32,
}

/// One piece of a request's body.
pub(super) struct Write {
    pub(super) id: u32,
    pub(super) chunk: Bytes,
    pub(super) last: bool,
}

pub(super) fn open(input: &[u8]) -> Result<Open, OperationFault> {
    let input: OpenInput = parse("open", input)?;
    let url = Url::parse(&input.url).map_err(|error| misuse(format!("fetch: not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(misuse(format!("fetch: the scheme `{}` is not http or https", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(misuse("fetch: the URL holds credentials; send them as a header"));
    }
    let method = input.method.as_deref().unwrap_or("GET");
    let method = Method::from_bytes(method.as_bytes()).ok().filter(|method| {
        // CONNECT and TRACE talk to what is in between.
        *method != Method::CONNECT && *method != Method::TRACE
    });
    let method = method.ok_or_else(|| misuse("fetch: this method can not be sent"))?;
    Ok(Open {
        url,
        method,
        headers: headers(&input.headers)?,
        redirect: input.redirect,
        has_body: input.has_body,
    })
}

pub(super) fn write(input: &[u8]) -> Result<Write, OperationFault> {
    let WriteInput { id, chunk, last } = parse("write", input)?;
    let chunk = STANDARD.decode(chunk).map_err(|_| misuse("fetch.write: `chunk` is not base64"))?;
    Ok(Write { id, chunk: chunk.into(), last })
}

pub(super) fn id(verb: &str, input: &[u8]) -> Result<u32, OperationFault> {
    parse::<IdInput>(verb, input).map(|input| input.id)
}

fn headers(given: &[(String, String)]) -> Result<HeaderMap, OperationFault> {
    if given.len() > HEADERS_MAX {
        return Err(misuse(format!("fetch: more than {HEADERS_MAX} headers")));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let bad = || misuse(format!("fetch: the header `{name}` can not be sent"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        if FORBIDDEN.contains(&name.as_str()) {
            continue;
        }
        // Each character is a byte, as the standard has it.
        let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        let value = bytes.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok()).ok_or_else(bad)?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn parse<'a, T: Deserialize<'a>>(verb: &str, input: &'a [u8]) -> Result<T, OperationFault> {
    serde_json::from_slice(input).map_err(|error| misuse(format!("the input of `fetch.{verb}`: {error}")))
}
