//! Tokens of callers: compact JWS (RFC 7515), each key with its one algorithm, verified once and then remembered.
//!
//! Who issued a token decides which keys may verify it: our own secret for our own issuer, the issuer's key set for a
//! foreign one. What a token's header says about keys (`jku`, `x5u`, `jwk`) is never looked at; `kid` is a look-up.

mod cache;
mod claims;
mod jws;
mod keys;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use stk_contract::config::{Auth, Issuer};
use stk_contract::token::{self, mac};

pub use keys::KeySets;

use cache::{TokenCache, Verified};
use jws::{Algorithm, Jws};
use keys::{Found, KeySet};

/// How far clocks may be apart.
pub const SKEW_MS: u64 = 30_000;

/// Bytes of the longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Who calls, as a verified token says.
#[derive(Debug, PartialEq)]
pub(crate) struct Identity {
    /// The exact `iss`.
    pub(crate) issuer: Arc<str>,
    /// `:user_id`: with the issuer's name in front where it is a foreign one.
    pub(crate) id: Box<str>,
    pub(crate) email: Option<Box<str>>,
    pub(crate) roles: Box<[Box<str>]>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenFault {
    #[error("the header `authorization` is not of the form `Bearer TOKEN`")]
    Scheme,
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    #[error("the token is of an issuer that is not accepted here")]
    Issuer,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token's algorithm is not that of its key")]
    Algorithm,
    #[error("the token is not an access token")]
    Kind,
    #[error("the token's signature does not verify")]
    Signature,
    #[error("the token names a key that its issuer does not have")]
    UnknownKey,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the token's claims lack what identifies the user")]
    Subject,
}

/// What became of a token.
#[derive(Debug)]
pub(crate) enum Verdict {
    Verified(Arc<Identity>),
    Refused(TokenFault),
    /// The key set at this address may know the key: it should be fetched.
    NeedsKeys(Arc<str>),
    /// The key set could not be fetched even once, so that nothing can be said of the token.
    KeysUnavailable,
}

/// Verifies tokens for one deployment.
#[derive(Debug)]
pub(crate) struct Verifier {
    own: Option<Own>,
    foreign: Box<[Foreign]>,
    /// The closed list of roles; empty where the project names none.
    roles: Box<[Box<str>]>,
    cache: TokenCache,
}

struct Own {
    /// Keyed, with nothing fed in yet.
    mac: Hmac<Sha256>,
    issuer: Arc<str>,
    audience: String,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own").field("audience", &self.audience).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Foreign {
    config: Issuer,
    issuer: Arc<str>,
    keys: Arc<KeySet>,
}

impl Verifier {
    /// `secret` is that of `jwt`, resolved; without one, tokens of our own are not accepted.
    pub(crate) fn new(auth: &Auth, audience: String, secret: Option<&str>, sets: &KeySets) -> Verifier {
        let own = secret.map(|secret| Own {
            mac: mac(secret.as_bytes(), b""),
            issuer: Arc::from(token::ISSUER),
            audience,
        });
        let foreign = auth.issuers.iter().map(|config| Foreign {
            issuer: Arc::from(config.issuer.as_str()),
            keys: sets.of(&config.jwks),
            config: config.clone(),
        });
        Verifier {
            own,
            foreign: foreign.collect(),
            roles: auth.roles.iter().map(|role| Box::from(role.name.as_str())).collect(),
            cache: TokenCache::default(),
        }
    }

    /// Verifies the header `authorization`. `may_fetch`: whether an unknown key may ask for its key set.
    pub(crate) fn verify(&self, authorization: &str, now_ms: u64, may_fetch: bool) -> Verdict {
        let Some(token) = bearer(authorization) else { return Verdict::Refused(TokenFault::Scheme) };
        if let Some(verified) = self.cache.get(token)
            && self.still_holds(&verified)
        {
            return match verified.check_time(now_ms) {
                Ok(()) => Verdict::Verified(verified.identity.clone()),
                Err(fault) => Verdict::Refused(fault),
            };
        }
        match self.verify_afresh(token, now_ms, may_fetch) {
            Ok(verified) => {
                let identity = verified.identity.clone();
                self.cache.put(token, verified);
                Verdict::Verified(identity)
            }
            Err(verdict) => verdict,
        }
    }

    /// Whether the key that verified it is still in force.
    fn still_holds(&self, verified: &Verified) -> bool {
        verified.key_set.is_none_or(|(index, version)| {
            self.foreign[index].keys.version.load(Ordering::Acquire) == version
        })
    }

    fn verify_afresh(&self, token: &str, now_ms: u64, may_fetch: bool) -> Result<Verified, Verdict> {
        let jws = Jws::parse(token).map_err(Verdict::Refused)?;
        let verified = match &self.own {
            Some(own) if jws.claims.issuer() == Some(token::ISSUER) => {
                self.verify_own(own, &jws).map_err(Verdict::Refused)?
            }
            _ => self.verify_foreign(&jws, now_ms, may_fetch)?,
        };
        verified.check_time(now_ms).map_err(Verdict::Refused)?;
        Ok(verified)
    }

    fn verify_own(&self, own: &Own, jws: &Jws<'_>) -> Result<Verified, TokenFault> {
        if jws.algorithm != Algorithm::Hs256 {
            return Err(TokenFault::Algorithm);
        }
        let mut mac = own.mac.clone();
        mac.update(jws.signed.as_bytes());
        mac.verify_slice(&jws.signature).map_err(|_| TokenFault::Signature)?;
        if jws.header_type.as_deref() != Some(token::ACCESS_TOKEN_TYPE) {
            return Err(TokenFault::Kind);
        }
        if jws.claims.text("aud").as_deref() != Some(own.audience.as_str()) {
            return Err(TokenFault::Audience);
        }
        let id = jws.claims.text("sub").filter(|id| !id.is_empty()).ok_or(TokenFault::Subject)?;
        Ok(Verified {
            identity: Arc::new(Identity {
                issuer: own.issuer.clone(),
                id: id.into(),
                email: jws.claims.text("email").map(Into::into),
                roles: self.known_roles(jws.claims.texts("roles")),
            }),
            times: jws.claims.times()?,
            key_set: None,
        })
    }

    fn verify_foreign(&self, jws: &Jws<'_>, now_ms: u64, may_fetch: bool) -> Result<Verified, Verdict> {
        let issuer = jws.claims.issuer().ok_or(Verdict::Refused(TokenFault::Issuer))?;
        let mut of_issuer =
            self.foreign.iter().enumerate().filter(|(_, foreign)| &*foreign.issuer == issuer).peekable();
        if of_issuer.peek().is_none() {
            return Err(Verdict::Refused(TokenFault::Issuer));
        }
        let (index, foreign) = of_issuer
            .find(|(_, foreign)| jws.claims.has_audience(&foreign.config.audience))
            .ok_or(Verdict::Refused(TokenFault::Audience))?;
        let version = match foreign.keys.verify(jws, now_ms, may_fetch) {
            Found::Verified { version } => version,
            Found::Refused(fault) => return Err(Verdict::Refused(fault)),
            Found::Unknown { fetch: true } => return Err(Verdict::NeedsKeys(foreign.keys.url.clone())),
            Found::Unknown { fetch: false } => return Err(Verdict::Refused(TokenFault::UnknownKey)),
            Found::NeverLoaded => return Err(Verdict::KeysUnavailable),
        };
        let identity = self.foreign_identity(foreign, jws).map_err(Verdict::Refused)?;
        let times = jws.claims.times().map_err(Verdict::Refused)?;
        Ok(Verified { identity: Arc::new(identity), times, key_set: Some((index, version)) })
    }

    fn foreign_identity(&self, foreign: &Foreign, jws: &Jws<'_>) -> Result<Identity, TokenFault> {
        if !jws.is_access_token() {
            return Err(TokenFault::Kind);
        }
        let config = &foreign.config;
        let subject = jws.claims.text(&config.claim_id).filter(|id| !id.is_empty());
        let subject = subject.ok_or(TokenFault::Subject)?;
        let id = if config.raw_subject { subject } else { format!("{}:{subject}", config.name) };
        let roles = config.claim_roles.as_ref().map(|path| jws.claims.texts(path)).unwrap_or_default();
        Ok(Identity {
            issuer: foreign.issuer.clone(),
            id: id.into(),
            email: config.claim_email.as_ref().and_then(|path| jws.claims.text(path)).map(Into::into),
            roles: self.known_roles(roles),
        })
    }

    /// Roles that the project names, sorted, each once.
    fn known_roles(&self, roles: Vec<String>) -> Box<[Box<str>]> {
        let mut roles: Vec<Box<str>> = roles
            .into_iter()
            .map(Box::from)
            .filter(|role| self.roles.is_empty() || self.roles.contains(role))
            .collect();
        roles.sort_unstable();
        roles.dedup();
        roles.into()
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim_start();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= TOKEN_BYTES_MAX)
        .then_some(token)
}
