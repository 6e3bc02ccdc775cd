//! The compact form of a JWS: three parts in base64url, of which nothing is trusted yet.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::TokenFault;
use super::claims::Claims;

/// Algorithms that some key here may have. `none` is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Hs256,
    EdDsa,
    Es256,
    Rs256,
}

impl Algorithm {
    pub(super) fn parse(name: &str) -> Option<Algorithm> {
        match name {
            "HS256" => Some(Algorithm::Hs256),
            // RFC 9864 names the curve.
            "EdDSA" | "Ed25519" => Some(Algorithm::EdDsa),
            "ES256" => Some(Algorithm::Es256),
            "RS256" => Some(Algorithm::Rs256),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Jws<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    /// `typ` in lower case, without `application/`.
    pub(super) header_type: Option<String>,
    pub(super) claims: Claims,
    /// What the signature covers.
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

impl<'a> Jws<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Jws<'a>, TokenFault> {
        let (signed, signature) =
            token.rsplit_once('.').ok_or(TokenFault::Malformed("it has not three parts"))?;
        let (header, claims) =
            signed.split_once('.').ok_or(TokenFault::Malformed("it has not three parts"))?;
        let header: Header = serde_json::from_slice(&decode(header)?)
            .map_err(|_| TokenFault::Malformed("its header is not JSON"))?;
        if header.crit.is_some() {
            return Err(TokenFault::Malformed("its header has critical extensions"));
        }
        let claims = serde_json::from_slice(&decode(claims)?)
            .map_err(|_| TokenFault::Malformed("its claims are not JSON"))?;
        Ok(Jws {
            algorithm: Algorithm::parse(&header.alg).ok_or(TokenFault::Algorithm)?,
            key_id: header.kid,
            header_type: header.typ.map(|typ| {
                let typ = typ.to_ascii_lowercase();
                typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ)
            }),
            claims: Claims(claims),
            signed,
            signature: decode(signature)?,
        })
    }

    /// Whether a foreign token may stand for an access token: its type does not say otherwise, and nothing marks
    /// it as an ID token (OpenID Connect) or a refresh token.
    pub(super) fn is_access_token(&self) -> bool {
        let typed = self.header_type.as_deref().is_none_or(|typ| matches!(typ, "at+jwt" | "jwt"));
        let marked = |claim: &str, marks: &[&str]| {
            self.claims.text(claim).is_some_and(|mark| marks.contains(&mark.to_ascii_lowercase().as_str()))
        };
        typed
            && !marked("typ", &["id", "refresh", "offline", "logout"])
            && !marked("token_use", &["id", "refresh"])
            && !["at_hash", "c_hash"].iter().any(|claim| self.claims.0.contains_key(*claim))
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed("a part is not base64url"))
}
