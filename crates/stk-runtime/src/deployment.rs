//! A release as one environment serves it: compiled once, then only read.

use std::collections::BTreeMap;
use std::sync::Arc;

use stk_contract::config::{Config, Limits};
use stk_contract::{Attestation, Hash, Release};

use crate::tokens::KeySets;

/// Why a release can not be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("the attestation is for project `{attested}`, the release of `{release}`")]
    Project { attested: String, release: String },
    #[error("logic `{logic}`: {reason}")]
    Logic { logic: String, reason: String },
    #[error("secret `{0}` is missing")]
    MissingSecret(String),
    #[error("`auth.yaml`: `jwt` has no `secret`, and this environment has no token keys of its own")]
    NoTokenKeys,
    #[error("`auth.yaml`: the `secret` of `jwt` is empty")]
    EmptyTokenSecret,
}

/// What a host serves calls from.
#[derive(Debug)]
pub struct Deployment {
    number: u64,
    manifest: Hash,
    config: Config,
    openapi: Arc<str>,
}

impl Deployment {
    /// Compiles a release. `secrets` are those of the environment, opened; what tokens need of them is kept.
    pub fn load(
        release: Release,
        attestation: Attestation,
        secrets: &BTreeMap<String, String>,
        keys: Arc<KeySets>,
    ) -> Result<Deployment, LoadError> {
        let _ = (secrets, keys);
        Ok(Deployment {
            number: attestation.number,
            manifest: attestation.manifest,
            config: release.config,
            openapi: release.openapi.into(),
        })
    }

    pub fn project(&self) -> &str {
        todo!()
    }

    pub fn env(&self) -> &str {
        todo!()
    }

    /// The release's number in this environment.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Of the client manifest; clients that were typed against it send it as `x-santokit-manifest`.
    pub fn manifest(&self) -> &Hash {
        &self.manifest
    }

    pub fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// Placeholders unresolved.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// OpenAPI as JSON text.
    pub fn openapi(&self) -> &Arc<str> {
        &self.openapi
    }

    /// How many statements the release has: one more than the greatest [`crate::Statement::id`].
    pub fn statement_count(&self) -> usize {
        todo!()
    }
}
