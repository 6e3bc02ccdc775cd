//! Tokens of users, in the two kinds that are measured. Only the compact form is made here; nothing is verified.

use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;
use stk_contract::token::{self, Claims};

const KEY_ID: &str = "bench-1";
const LIFETIME_S: u64 = 3600;

/// Tokens of the environment's own kind, HS256 with its secret.
pub fn hs256(secret: &str, audience: &str, users: u32) -> Vec<String> {
    let (issued, expires) = times();
    let claims = |user| Claims {
        iss: token::ISSUER.to_owned(),
        aud: audience.to_owned(),
        sub: subject(user),
        email: None,
        roles: Vec::new(),
        iat: issued,
        exp: expires,
    };
    (0..users).map(|user| token::mint(&claims(user), secret.as_bytes())).collect()
}

/// Tokens of a foreign issuer, EdDSA with a key of its own.
#[derive(Debug)]
pub struct Issuer {
    key: SigningKey,
}

impl Issuer {
    pub const NAME: &str = "https://bench.example/";
    pub const AUDIENCE: &str = "bench";

    /// The same key in every run: it guards nothing, and runs stay alike.
    pub fn new() -> Issuer {
        Issuer { key: SigningKey::from_bytes(&[7; 32]) }
    }

    pub fn tokens(&self, users: u32) -> Vec<String> {
        let header = json!({ "alg": "EdDSA", "typ": token::ACCESS_TOKEN_TYPE, "kid": KEY_ID });
        let (issued, expires) = times();
        let token = |user| {
            let claims = json!({
                "iss": Issuer::NAME,
                "aud": Issuer::AUDIENCE,
                "sub": subject(user),
                "iat": issued,
                "exp": expires,
            });
            let [header, claims] = [&header, &claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
            let message = format!("{header}.{claims}");
            let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()).to_bytes());
            format!("{message}.{signature}")
        };
        (0..users).map(token).collect()
    }

    /// RFC 7517 and RFC 8037.
    pub fn key_set(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": KEY_ID, "x": x }] })
            .to_string()
    }
}

fn subject(user: u32) -> String {
    format!("0c000000-0000-4000-8000-{user:012}")
}

/// When tokens of this moment are issued and expire, in seconds since the Unix epoch.
fn times() -> (u64, u64) {
    let now = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    (now, now + LIFETIME_S)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn an_eddsa_token_verifies_with_the_published_key() {
        let issuer = Issuer::new();
        let token = issuer.tokens(2).remove(1);
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let signature = ed25519_dalek::Signature::from_slice(&signature).unwrap();
        let key_set: Value = serde_json::from_str(&issuer.key_set()).unwrap();
        let key = URL_SAFE_NO_PAD.decode(key_set["keys"][0]["x"].as_str().unwrap()).unwrap();
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();
        key.verify_strict(message.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn every_user_has_a_token_of_their_own() {
        let mut tokens = hs256("secret", "bench/dev", 50);
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), 50);
    }
}
