//! The tokens of the cases: of the environment's own, changed as a case says, also into ones that nobody should take.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use stk_contract::token::{ACCESS_TOKEN_TYPE, ISSUER, audience, mac};

use super::platform::{ENV, JWT_SECRET};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    #[serde(default)]
    header: Map<String, Value>,
    /// A claim of null is one that is left out.
    #[serde(default)]
    claims: Map<String, Value>,
    secret: Option<String>,
    #[serde(default)]
    unsigned: bool,
    #[serde(default = "ten_minutes")]
    expires_in_s: i64,
    not_before_in_s: Option<i64>,
}

fn ten_minutes() -> i64 {
    600
}

impl Token {
    pub fn mint(&self, project: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock past 1970").as_secs() as i64;
        let header = json!({ "alg": "HS256", "typ": ACCESS_TOKEN_TYPE });
        let claims = json!({
            "iss": ISSUER,
            "aud": audience(project, ENV),
            "iat": now,
            "exp": now + self.expires_in_s,
            "nbf": self.not_before_in_s.map(|seconds| now + seconds),
        });
        let signed = format!("{}.{}", changed(header, &self.header), changed(claims, &self.claims));
        if self.unsigned {
            return format!("{signed}.");
        }
        let secret = self.secret.as_deref().unwrap_or(JWT_SECRET);
        let signature = mac(secret.as_bytes(), signed.as_bytes()).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The members with the case's over them, as a part of a token.
fn changed(members: Value, over: &Map<String, Value>) -> String {
    let Value::Object(mut members) = members else { unreachable!("both parts are objects") };
    members.extend(over.clone());
    members.retain(|_, value| !value.is_null());
    URL_SAFE_NO_PAD.encode(Value::Object(members).to_string())
}
