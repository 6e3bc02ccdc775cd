//! A case: what is sent, what must come back, and where an answer differs.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::token::Token;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub request: Request,
    pub expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(default = "post")]
    pub method: String,
    pub path: String,
    pub query: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "present")]
    body: Option<Value>,
    raw: Option<String>,
    pub token: Option<Token>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "present")]
    body: Option<Value>,
    text: Option<String>,
    problem: Option<Map<String, Value>>,
}

/// An answer as a caller sees it.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

fn post() -> String {
    "POST".to_owned()
}

/// A `null` that is there is a value; one that is left out is none.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Request {
    /// The body's text, empty where there is none.
    pub fn body(&self) -> String {
        let json = || self.body.as_ref().map(Value::to_string);
        self.raw.clone().or_else(json).unwrap_or_default()
    }
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Expect {
    /// What differs, a line each.
    pub fn faults(&self, reply: &Reply) -> Vec<String> {
        let mut faults = Faults(Vec::new());
        faults.compare("status", &json!(reply.status), &json!(self.status));
        for (name, expected) in &self.headers {
            let found = reply.header(name).map_or(Value::Null, Value::from);
            // `true`: the header is there, whatever its value.
            let expected = if expected == true && !found.is_null() { &found } else { expected };
            faults.compare(name, &found, expected);
        }
        if let Some(expected) = &self.text {
            faults.compare("text", &json!(reply.text), &json!(expected));
        }
        let body = serde_json::from_str(&reply.text).ok();
        if let Some(expected) = &self.body {
            faults.compare(
                "body",
                &body.clone().unwrap_or_else(|| json!({ "not JSON": reply.text })),
                expected,
            );
        }
        if let Some(expected) = &self.problem {
            self.problem_faults(reply, &body.unwrap_or_default(), expected, &mut faults);
        }
        faults.0
    }

    fn problem_faults(
        &self,
        reply: &Reply,
        found: &Value,
        expected: &Map<String, Value>,
        faults: &mut Faults,
    ) {
        let code = expected.get("code").and_then(Value::as_str).unwrap_or_default();
        // A code of a logic's own has no page of its own: such a case says its type.
        if !expected.contains_key("type") {
            // Codes of an author's own are of the type `raised`.
            let kind = expected.get("type").cloned();
            let kind = kind.unwrap_or_else(|| json!(format!("https://santokit.dev/errors#{code}")));
            faults.compare("type", &found["type"], &kind);
        }
        faults.compare("problem's status", &found["status"], &json!(self.status));
        for (name, expected) in expected {
            let found = if name == "errors" { pointers_and_codes(&found[name]) } else { found[name].clone() };
            faults.compare(name, &found, expected);
        }
        let content_type = reply.header("content-type").map_or(Value::Null, Value::from);
        faults.compare("content-type", &content_type, &json!("application/problem+json"));
        for name in ["title", "requestId"] {
            if !found[name].is_string() {
                faults.0.push(format!("the problem has no {name}"));
            }
        }
    }
}

struct Faults(Vec<String>);

impl Faults {
    fn compare(&mut self, what: &str, found: &Value, expected: &Value) {
        if found != expected {
            self.0.push(format!("{what}: {found}, not {expected}"));
        }
    }
}

fn pointers_and_codes(errors: &Value) -> Value {
    let errors = errors.as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().map(|error| json!({ "pointer": error["pointer"], "code": error["code"] })).collect()
}

#[test]
fn an_answer_that_differs_in_anything_named_is_a_fault() {
    let faults = |expect: Value| {
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let headers = (&std::collections::HashMap::from(headers)).try_into().unwrap();
        let reply = Reply { status: 200, headers, text: "null".to_owned() };
        serde_json::from_value::<Expect>(expect).unwrap().faults(&reply).len()
    };
    assert_eq!(faults(json!({ "status": 200, "body": null, "text": "null" })), 0);
    assert_eq!(faults(json!({ "status": 200, "headers": { "content-type": true } })), 0);
    assert_eq!(faults(json!({ "status": 204 })), 1);
    assert_eq!(faults(json!({ "status": 200, "body": 1 })), 1);
    assert_eq!(faults(json!({ "status": 200, "text": "" })), 1);
    assert_eq!(faults(json!({ "status": 200, "headers": { "allow": true } })), 1);
    assert_eq!(faults(json!({ "status": 200, "headers": { "content-type": "text/plain" } })), 1);
    // Type, status, code, content type, title and request id.
    assert_eq!(faults(json!({ "status": 200, "problem": { "code": "timeout" } })), 6);
}
