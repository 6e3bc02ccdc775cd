//! Access tokens of an environment's own: the claims, and minting one with the environment's secret (HS256).
//!
//! Verifying is the runtime's. Refresh tokens are opaque and never look like these.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The `iss` of our own tokens.
pub const ISSUER: &str = "santokit";

/// The `typ` of access tokens (RFC 9068), ours and others'.
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// The `aud` of our own tokens.
pub fn audience(project: &str, env: &str) -> String {
    format!("{project}/{env}")
}

/// Claims of an access token of our own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    /// The user's id.
    pub sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Seconds since the Unix epoch.
    pub iat: u64,
    /// Seconds since the Unix epoch.
    pub exp: u64,
}

#[derive(Serialize)]
struct Header {
    alg: &'static str,
    typ: &'static str,
}

/// Signs claims with the secret of `auth.yaml`'s `jwt`: a compact JWS.
pub fn mint(claims: &Claims, secret: &[u8]) -> String {
    let header = Header { alg: "HS256", typ: ACCESS_TOKEN_TYPE };
    let mut token = encode_json(&header);
    token.push('.');
    token.push_str(&encode_json(claims));
    let signature = mac(secret, token.as_bytes()).finalize().into_bytes();
    token.push('.');
    token.push_str(&URL_SAFE_NO_PAD.encode(signature));
    token
}

/// HMAC-SHA256 over `message`, for signing and for comparison in constant time.
pub fn mac(secret: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(message);
    mac
}

fn encode_json(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD
        .encode(serde_json::to_vec(value).expect("claims have string keys and no failing serialiser"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_compact_jws_with_our_type_and_claims() {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: audience("shop", "dev"),
            sub: "7".to_owned(),
            email: None,
            roles: vec!["admin".to_owned()],
            iat: 1,
            exp: 2,
        };
        let token = mint(&claims, b"secret");
        let parts: Vec<&str> = token.split('.').collect();
        let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!(text(parts[0]), r#"{"alg":"HS256","typ":"at+jwt"}"#);
        assert_eq!(
            text(parts[1]),
            r#"{"iss":"santokit","aud":"shop/dev","sub":"7","roles":["admin"],"iat":1,"exp":2}"#
        );
        let signed = format!("{}.{}", parts[0], parts[1]);
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        assert!(mac(b"secret", signed.as_bytes()).verify_slice(&signature).is_ok());
        assert!(mac(b"secreT", signed.as_bytes()).verify_slice(&signature).is_err());
    }
}
