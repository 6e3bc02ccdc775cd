//! Config of a project, as `config/*.yaml` gives it: placeholders unresolved, defaults filled in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// By alias.
    pub databases: BTreeMap<String, Database>,
    pub auth: Auth,
    pub storage: Option<Storage>,
    /// Hosts that logic may fetch from.
    pub egress: Vec<String>,
    /// Origins that browsers may call from.
    pub cors_origins: Vec<String>,
    pub limits: Limits,
}

/// Text that may hold `${NAME}` placeholders, resolved from the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("secret `{0}` is missing")]
pub struct MissingSecret(pub String);

impl Template {
    /// Names of its placeholders, in order.
    pub fn names(&self) -> Vec<&str> {
        self.pieces().filter_map(|(_, name)| name).collect()
    }

    /// The text with every placeholder replaced.
    pub fn resolve<'a>(&self, secret: impl Fn(&str) -> Option<&'a str>) -> Result<String, MissingSecret> {
        let mut text = String::new();
        for (literal, name) in self.pieces() {
            text.push_str(literal);
            if let Some(name) = name {
                text.push_str(secret(name).ok_or_else(|| MissingSecret(name.to_owned()))?);
            }
        }
        Ok(text)
    }

    /// Literal text, each piece with the placeholder behind it.
    fn pieces(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let mut rest = Some(self.0.as_str());
        std::iter::from_fn(move || {
            let text = rest?;
            let placeholder = text.find("${").and_then(|start| {
                let length = text[start + 2..].find('}')?;
                Some((start, &text[start + 2..start + 2 + length]))
            });
            match placeholder {
                Some((start, name)) => {
                    rest = Some(&text[start + 2 + name.len() + 1..]);
                    Some((&text[..start], Some(name)))
                }
                None => {
                    rest = None;
                    Some((text, None))
                }
            }
        })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// The Server's role: data only.
    pub url: Template,
    /// The Hub's role for schema and checks; absent: `url`.
    pub migrate: Option<Template>,
    pub pool_max: u32,
    pub pool_acquire_ms: u64,
    pub statement_timeout_ms: u64,
    pub ssl: Ssl,
    pub rls: bool,
    pub engine: SchemaEngine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ssl {
    Disable,
    Prefer,
    Require,
    VerifyFull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaEngine {
    Santokit,
    Atlas,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Auth {
    pub jwt: Option<Jwt>,
    pub issuers: Vec<Issuer>,
    /// Identity providers of the project's own accounts, by name.
    pub providers: BTreeMap<String, Provider>,
    pub email_password: Option<EmailPassword>,
    pub session: Session,
    /// The closed list of roles; `access:` names only these.
    pub roles: Vec<Role>,
    pub default_role: Option<String>,
    pub redirects: Vec<String>,
}

/// Tokens of the environment itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Jwt {
    /// HS256 with this secret; without one, the environment's own EdDSA keys.
    pub secret: Option<Template>,
    pub expires_in_ms: u64,
    pub refresh_expires_in_ms: u64,
}

/// A foreign issuer whose tokens are accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issuer {
    /// Short name; the ids of its users are `name:subject`.
    pub name: String,
    /// The exact `iss`.
    pub issuer: String,
    /// The exact `aud`.
    pub audience: String,
    /// Address of its key set.
    pub jwks: String,
    /// Dotted paths into the claims.
    pub claim_id: String,
    pub claim_email: Option<String>,
    pub claim_roles: Option<String>,
    /// `subject: raw`: its users' ids stand without the prefix.
    pub raw_subject: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provider {
    pub enabled: bool,
    pub client_id: Template,
    pub client_secret: Template,
    pub scopes: Vec<String>,
    /// For any OpenID provider by discovery; the well-known ones need none.
    pub issuer: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmailPassword {
    pub enabled: bool,
    pub require_email_verification: bool,
    pub password_min_length: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub secure: bool,
    pub http_only: bool,
    pub same_site: SameSite,
}

impl Default for Session {
    fn default() -> Session {
        Session { secure: true, http_only: true, same_site: SameSite::Lax }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameSite {
    Strict,
    Lax,
    None,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Role {
    pub name: String,
    pub description: Option<String>,
}

/// An S3 endpoint and the buckets on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    pub endpoint: Option<Template>,
    pub region: String,
    pub access_key_id: Option<Template>,
    pub secret_access_key: Option<Template>,
    pub buckets: BTreeMap<String, Bucket>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    pub public: bool,
    pub max_file_bytes: Option<u64>,
    pub allowed_types: Vec<String>,
    pub ttl_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    pub body_bytes: u64,
    pub timeout_ms: u64,
    pub response_bytes: u64,
    pub rows: u64,
    pub memory_bytes: u64,
    /// Calls under way at once.
    pub concurrency: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 1_000_000,
            timeout_ms: 10_000,
            response_bytes: 8_000_000,
            rows: 10_000,
            memory_bytes: 64_000_000,
            concurrency: 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_named_and_replaced_in_order() {
        let template = Template("postgres://${USER}:${PASSWORD}@db/app".to_owned());
        assert_eq!(template.names(), ["USER", "PASSWORD"]);
        let resolved = template.resolve(|name| Some(if name == "USER" { "ann" } else { "p${USER}" }));
        assert_eq!(
            resolved.as_deref(),
            Ok("postgres://ann:p${USER}@db/app"),
            "a value is never resolved again"
        );
        assert_eq!(template.resolve(|_| None), Err(MissingSecret("USER".to_owned())));
    }

    #[test]
    fn an_unclosed_placeholder_is_literal_text() {
        assert!(Template("a${B".to_owned()).names().is_empty());
    }
}
