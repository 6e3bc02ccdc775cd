//! Reading a package from the KV.

use stk_contract::kv_keys;
use stk_contract::package::{self, BlobRef, Pointer};
use stk_contract::sign::VerifyingKey;
use stk_kv::Kv;

use super::{PackageError, RawPackage, check_sequence, open_pointer, same_content};
use crate::config::DeploymentConfig;

/// What the KV has for a deployment, compared with what is served.
pub(crate) enum Fetched {
    /// Newer than what is served.
    New(RawPackage, Pointer),
    /// The same blobs; the pointer may be signed anew.
    Same(Pointer),
}

/// Reads the pointer and, where it names something that does not serve, its blobs. Every hash is verified. What is
/// older than `newest` is refused.
pub(crate) async fn fetch(
    kv: &dyn Kv,
    pinned: &[VerifyingKey],
    config: &DeploymentConfig,
    newest: Option<&Pointer>,
    serves: Option<&Pointer>,
) -> Result<Fetched, PackageError> {
    let key = kv_keys::live(&config.project, &config.env);
    let bytes = kv.get(&key).await?.ok_or(PackageError::Missing)?;
    let pointer = open_pointer(&bytes, pinned, config)?;
    check_sequence(newest, &pointer)?;
    if let Some(serves) = serves
        && serves.sequence() == pointer.sequence()
        && same_content(serves, &pointer)
    {
        return Ok(Fetched::Same(pointer));
    }
    let raw = RawPackage {
        pointer: bytes,
        release: blob(kv, "release", &pointer.release).await?,
        attestation: blob(kv, "attestation", &pointer.attestation).await?,
        secrets: blob(kv, "secrets", &pointer.secrets).await?,
    };
    Ok(Fetched::New(raw, pointer))
}

async fn blob(kv: &dyn Kv, part: &'static str, blob: &BlobRef) -> Result<Vec<u8>, PackageError> {
    let mut parts = Vec::with_capacity(blob.parts.len());
    for hash in &blob.parts {
        let bytes = kv.get(&kv_keys::blob(hash)).await?;
        parts.push(bytes.ok_or(PackageError::BlobMissing { part, hash: *hash })?);
    }
    package::join(blob, &parts).map_err(|source| PackageError::Blob { part, source })
}
