//! The secrets blob: each secret sealed under the environment key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::seal::{Key, SealError, Sealed, SecretId};

/// Sealed secrets of one environment, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    pub secrets: BTreeMap<String, SealedSecret>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSecret {
    pub version: u64,
    pub sealed: Sealed,
}

impl Secrets {
    /// Opens every secret with whichever of `keys` sealed it.
    pub fn open(
        &self,
        keys: &[Key],
        project: &str,
        env: &str,
    ) -> Result<BTreeMap<String, String>, SealError> {
        let open = |(name, secret): (&String, &SealedSecret)| {
            let id = SecretId { project, env, name, version: secret.version };
            let plain = secret.sealed.open(keys, &id)?;
            let text = String::from_utf8(plain).map_err(|_| SealError::NotText { name: name.clone() })?;
            Ok((name.clone(), text))
        };
        self.secrets.iter().map(open).collect()
    }
}
