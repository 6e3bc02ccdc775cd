//! Edge packages: from the KV or from the last good copy on disk, verified whole before anything of them is used.
//!
//! A package is the signed pointer and the three blobs that it names. Deliberately absent: any talk with the Hub.

mod disk;
mod fetch;

use std::collections::BTreeMap;

use stk_contract::package::{self, BlobError, BlobRef, Pointer, PointerError, Secrets, SignedPointer};
use stk_contract::seal::SealError;
use stk_contract::sign::VerifyingKey;
use stk_contract::{Attestation, Hash, Release};
use stk_kv::KvError;

use crate::config::DeploymentConfig;

pub(crate) use disk::Disk;
pub(crate) use fetch::{Fetched, fetch};

/// A package as it stands in the KV and on disk: secrets still sealed.
#[derive(Debug, Clone)]
pub(crate) struct RawPackage {
    pub(crate) pointer: Vec<u8>,
    pub(crate) release: Vec<u8>,
    pub(crate) attestation: Vec<u8>,
    pub(crate) secrets: Vec<u8>,
}

/// A verified package, secrets open.
pub(crate) struct Package {
    pub(crate) pointer: Pointer,
    pub(crate) release: Release,
    pub(crate) attestation: Attestation,
    pub(crate) secrets: BTreeMap<String, String>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageError {
    #[error("the KV has no package for this environment")]
    Missing,
    #[error(transparent)]
    Kv(#[from] KvError),
    #[error(transparent)]
    Pointer(#[from] PointerError),
    #[error("the {part}: {source}")]
    Blob { part: &'static str, source: BlobError },
    #[error("the {part} is not in the KV: part {hash} is missing")]
    BlobMissing { part: &'static str, hash: Hash },
    #[error("the parts do not belong together: {0}")]
    Mixed(String),
    #[error(
        "number {found} (secrets {found_seq}) is lower than number {served} (secrets {served_seq}), which was served"
    )]
    Lower { served: u64, served_seq: u64, found: u64, found_seq: u64 },
    #[error("number {number} (secrets {seq}) was served with other content")]
    Changed { number: u64, seq: u64 },
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Load(#[from] stk_runtime::LoadError),
    #[error("database `{alias}`: {reason}")]
    Database { alias: String, reason: String },
    #[error("the package on disk ({path}): {reason}")]
    Disk { path: String, reason: String },
}

impl PackageError {
    /// A short name for the metric.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            PackageError::Missing => "missing",
            PackageError::Kv(_) => "kv",
            PackageError::Pointer(_) => "pointer",
            PackageError::Blob { .. } | PackageError::BlobMissing { .. } => "blob",
            PackageError::Mixed(_) | PackageError::Changed { .. } => "mixed",
            PackageError::Lower { .. } => "lower",
            PackageError::Seal(_) => "seal",
            PackageError::Load(_) | PackageError::Database { .. } => "load",
            PackageError::Disk { .. } => "disk",
        }
    }
}

/// Opens the pointer with the pinned keys, for this environment only.
pub(crate) fn open_pointer(
    bytes: &[u8],
    pinned: &[VerifyingKey],
    config: &DeploymentConfig,
) -> Result<Pointer, PackageError> {
    Ok(SignedPointer::open(bytes, pinned, &config.project, &config.env)?)
}

/// Refuses what is older than what was served, or has the same number and other content.
pub(crate) fn check_sequence(served: Option<&Pointer>, found: &Pointer) -> Result<(), PackageError> {
    let Some(served) = served else { return Ok(()) };
    if found.sequence() < served.sequence() {
        return Err(PackageError::Lower {
            served: served.number,
            served_seq: served.secrets_seq,
            found: found.number,
            found_seq: found.secrets_seq,
        });
    }
    if found.sequence() == served.sequence() && !same_content(served, found) {
        return Err(PackageError::Changed { number: found.number, seq: found.secrets_seq });
    }
    Ok(())
}

/// Whether two pointers name the same blobs: one may be signed anew, with a later expiry.
pub(crate) fn same_content(a: &Pointer, b: &Pointer) -> bool {
    (&a.release, &a.attestation, &a.secrets) == (&b.release, &b.attestation, &b.secrets)
}

/// Verifies, decodes and opens the blobs under a verified pointer, and that they belong together.
pub(crate) fn open(
    raw: &RawPackage,
    pointer: Pointer,
    config: &DeploymentConfig,
) -> Result<Package, PackageError> {
    let release: Release = decode("release", &raw.release, &pointer.release)?;
    let attestation: Attestation = decode("attestation", &raw.attestation, &pointer.attestation)?;
    let sealed: Secrets = decode("secrets", &raw.secrets, &pointer.secrets)?;
    check_together(&pointer, &release, &attestation)?;
    let secrets = sealed.open(&config.keys, &config.project, &config.env)?;
    Ok(Package { pointer, release, attestation, secrets })
}

fn decode<T: serde::de::DeserializeOwned>(
    part: &'static str,
    bytes: &[u8],
    blob: &BlobRef,
) -> Result<T, PackageError> {
    let found = Hash::of(bytes);
    if found != blob.hash {
        let source = BlobError::Hash { expected: blob.hash, found };
        return Err(PackageError::Blob { part, source });
    }
    package::decode(bytes).map_err(|source| PackageError::Blob { part, source })
}

fn check_together(
    pointer: &Pointer,
    release: &Release,
    attestation: &Attestation,
) -> Result<(), PackageError> {
    let mixed = |what: String| Err(PackageError::Mixed(what));
    if attestation.release != pointer.release.hash {
        return mixed(format!("the attestation is of release {}", attestation.release));
    }
    if attestation.number != pointer.number {
        return mixed(format!(
            "the attestation is number {}, the pointer number {}",
            attestation.number, pointer.number
        ));
    }
    if (&attestation.project, &attestation.env) != (&pointer.project, &pointer.env) {
        return mixed(format!("the attestation is for {}/{}", attestation.project, attestation.env));
    }
    if release.project != pointer.project {
        return mixed(format!("the release is of project `{}`", release.project));
    }
    Ok(())
}
