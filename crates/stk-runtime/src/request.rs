//! What a host hands in: one request to `/call`, its body whole; and reading which logic it names with which params.

use std::borrow::Cow;

use stk_contract::{ErrorCode, Problem};

use crate::json;
use crate::params::query;
use crate::params::value::Input;

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
    /// All of them: what logic in JavaScript and WebAssembly sees of them.
    pub headers: &'a dyn Headers,
    pub body: &'a [u8],
    /// Stands in every problem, and in the log line of a 5xx.
    pub request_id: &'a str,
    /// Milliseconds since the Unix epoch.
    pub now_ms: u64,
}

/// The headers of a request, asked for only where logic may see them.
pub trait Headers: std::fmt::Debug + Sync {
    /// Calls `visit` with each name, in lower case, and value; one that stands several times comes several times.
    fn each(&self, visit: &mut dyn FnMut(&str, &str));
}

/// None at all.
impl Headers for () {
    fn each(&self, _: &mut dyn FnMut(&str, &str)) {}
}

impl<N: AsRef<str> + std::fmt::Debug + Sync, V: AsRef<str> + std::fmt::Debug + Sync> Headers for Vec<(N, V)> {
    fn each(&self, visit: &mut dyn FnMut(&str, &str)) {
        self.iter().for_each(|(name, value)| visit(name.as_ref(), value.as_ref()));
    }
}

/// The header that only the runtime reads: the logic sees who calls, never the token.
const HIDDEN: &str = "authorization";

/// Headers as a JSON object; those that stand several times are joined, as `fetch` does it.
pub(crate) fn headers_json(headers: &dyn Headers) -> Vec<u8> {
    let mut joined: Vec<(String, String)> = Vec::new();
    headers.each(&mut |name, value| {
        if name.eq_ignore_ascii_case(HIDDEN) {
            return;
        }
        match joined.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => {
                values.push_str(if name == "cookie" { "; " } else { ", " });
                values.push_str(value);
            }
            None => joined.push((name.to_owned(), value.to_owned())),
        }
    });
    let mut out = vec![b'{'];
    for (name, value) in &joined {
        if out.len() > 1 {
            out.push(b',');
        }
        json::write_string(name, &mut out);
        out.push(b':');
        json::write_string(value, &mut out);
    }
    out.push(b'}');
    out
}

/// Which of the three forms a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `POST /call`: path and params in the body.
    Body,
    /// `POST /call/users/get`: params in the body.
    Path,
    /// `GET /call/users/get?…`: params in the query.
    Get,
}

/// A call as it was sent: the params are checked JSON or decoded text.
#[derive(Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) logic: Cow<'a, str>,
    pub(crate) params: SentParams<'a>,
}

#[derive(Debug)]
pub(crate) enum SentParams<'a> {
    None,
    Json(json::Members<'a>),
    Query(Vec<query::Pair<'a>>),
}

/// A refusal, and the methods that are allowed instead.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) problem: Box<Problem>,
    pub(crate) allow: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Refusal {
        Refusal { problem: Box::new(Problem::new(code).detail(detail)), allow: None }
    }

    pub(crate) fn method(allow: &'static str) -> Refusal {
        let refusal = Refusal::new(ErrorCode::MethodNotAllowed, format!("allowed here: {allow}"));
        Refusal { allow: Some(allow), ..refusal }
    }
}

impl<'a> Request<'a> {
    /// Checks all that needs no look into the body.
    pub(crate) fn form(&self, body_bytes_max: u64) -> Result<Form, Refusal> {
        let form = match (self.method, self.path_of_logic()) {
            ("POST", Some("")) => Form::Body,
            ("POST", Some(_)) => Form::Path,
            ("GET" | "HEAD", Some(path)) if !path.is_empty() => return Ok(Form::Get),
            (_, Some("")) => return Err(Refusal::method("POST")),
            (_, Some(_)) => return Err(Refusal::method("GET, POST")),
            (_, None) => return Err(Refusal::new(ErrorCode::NotFound, "there is nothing here")),
        };
        if self.body.len() as u64 > body_bytes_max {
            let detail = format!("the body is larger than {body_bytes_max} bytes");
            return Err(Refusal::new(ErrorCode::TooLarge, detail));
        }
        let needs_type = form == Form::Body || !self.body.is_empty();
        if needs_type && !self.content_type.is_some_and(is_json) {
            let detail = "send `content-type: application/json`";
            return Err(Refusal::new(ErrorCode::UnsupportedMediaType, detail));
        }
        Ok(form)
    }

    /// Reads logic path and params.
    pub(crate) fn read(&self, form: Form) -> Result<Sent<'a>, Refusal> {
        let path = self.path_of_logic().unwrap_or_default();
        match form {
            Form::Body => read_call(self.body),
            Form::Path if self.body.is_empty() => Ok(Sent { logic: path.into(), params: SentParams::None }),
            Form::Path => {
                Ok(Sent { logic: path.into(), params: SentParams::Json(object(self.body, "params")?) })
            }
            Form::Get => {
                let pairs = query::parse(self.query.unwrap_or_default());
                let pairs = pairs.map_err(|(code, detail)| Refusal::new(code, detail))?;
                Ok(Sent { logic: path.into(), params: SentParams::Query(pairs) })
            }
        }
    }

    /// What follows `/call/`; empty for `/call` itself. Names need no percent-encoding.
    fn path_of_logic(&self) -> Option<&'a str> {
        match self.path.strip_prefix("/call")? {
            "" | "/" => Some(""),
            rest => rest.strip_prefix('/'),
        }
    }
}

impl<'a> SentParams<'a> {
    pub(crate) fn inputs(&self) -> Vec<(Cow<'_, str>, Input<'_>)> {
        match self {
            SentParams::None => Vec::new(),
            SentParams::Json(members) => {
                members.iter().map(|(name, raw)| (Cow::Borrowed(name.as_ref()), Input::Json(raw))).collect()
            }
            SentParams::Query(pairs) => {
                pairs.iter().map(|(name, text)| (Cow::Borrowed(name.as_ref()), Input::Text(text))).collect()
            }
        }
    }
}

fn is_json(content_type: &str) -> bool {
    if content_type == "application/json" {
        return true;
    }
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// `{ "path": "users/get", "params": {…} }`.
fn read_call(body: &[u8]) -> Result<Sent<'_>, Refusal> {
    let refuse = |detail: &str| Refusal::new(ErrorCode::InvalidCall, detail);
    let (mut logic, mut params) = (None, SentParams::None);
    for (key, raw) in object(body, "call")? {
        match key.as_ref() {
            "path" if raw.starts_with('"') => logic = Some(json::text_of(raw)),
            "path" => return Err(refuse("`path` must be a string")),
            "params" if raw.starts_with('{') => params = SentParams::Json(json::members(raw)),
            "params" if raw == "null" => {}
            "params" => return Err(refuse("`params` must be an object")),
            other => return Err(refuse(&format!("unknown key `{other}`; a call has `path` and `params`"))),
        }
    }
    Ok(Sent { logic: logic.ok_or_else(|| refuse("`path` is missing"))?, params })
}

fn object<'a>(body: &'a [u8], what: &str) -> Result<json::Members<'a>, Refusal> {
    let members = json::check_object(body).map_err(|fault| Refusal::new(fault.code(), fault.to_string()))?;
    members.ok_or_else(|| Refusal::new(ErrorCode::InvalidCall, format!("the {what} must be a JSON object")))
}
