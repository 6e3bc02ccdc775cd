//! The edge package of a project, taken from the KV and opened with no more than what a Server is given.

use std::collections::BTreeMap;
use std::path::Path;

use stk_contract::kv_keys;
use stk_contract::package::{BlobRef, Secrets, SignedPointer, decode, join};
use stk_contract::seal::Key;
use stk_contract::sign::VerifyingKey;
use stk_kv::{EmbeddedKv, Kv as _};

use super::platform::{ENV, Project};

pub struct Package {
    /// Encoded.
    pub release: Vec<u8>,
    /// Encoded.
    pub attestation: Vec<u8>,
    /// Opened, by name.
    pub secrets: BTreeMap<String, String>,
}

/// The KV of a platform that has ended.
pub fn open_kv(folder: &Path) -> EmbeddedKv {
    EmbeddedKv::open(&folder.join("data/kv")).expect("the platform's KV")
}

pub async fn read(kv: &EmbeddedKv, project: &Project) -> Package {
    let name = &project.name;
    let pinned = VerifyingKey::from_hex(&project.signing_key).expect("the Hub's signing key");
    let key = Key::from_hex(project.environment_key.trim()).expect("the environment key");
    let bytes = kv.get(&kv_keys::live(name, ENV)).await.unwrap().expect("a pointer");
    let pointer = SignedPointer::open(&bytes, &[pinned], name, ENV).expect("the Hub's pointer");
    let sealed: Secrets = decode(&blob(kv, &pointer.secrets).await).expect("the secrets");
    Package {
        release: blob(kv, &pointer.release).await,
        attestation: blob(kv, &pointer.attestation).await,
        secrets: sealed.open(&[key], name, ENV).expect("the secrets open"),
    }
}

async fn blob(kv: &EmbeddedKv, blob: &BlobRef) -> Vec<u8> {
    let mut parts = Vec::with_capacity(blob.parts.len());
    for hash in &blob.parts {
        parts.push(kv.get(&kv_keys::blob(hash)).await.unwrap().expect("a part that the pointer names"));
    }
    join(blob, &parts).expect("the blob is whole")
}
