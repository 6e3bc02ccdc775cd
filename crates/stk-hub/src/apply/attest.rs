//! The release and its attestation, put together from what was checked.

use std::collections::BTreeSet;

use stk_contract::client_manifest::ClientManifest;
use stk_contract::hub::LogicChanges;
use stk_contract::{Attestation, Hash, LogicPath, Release, package};
use stk_project::Project;

use super::Place;
use super::before::Before;
use super::check::Checked;

/// A release that was checked whole, and the bytes of it.
pub struct Attested {
    pub release: Release,
    pub release_bytes: Vec<u8>,
    pub attestation: Attestation,
}

impl Attested {
    pub fn release_hash(&self) -> Hash {
        self.attestation.release
    }
}

/// Puts it together, under the next number.
pub fn attest(place: Place<'_>, project: &Project, before: &Before, checked: Checked) -> Attested {
    let manifest = ClientManifest::new(&project.manifest, &checked.logic);
    let release = project.release(stk_project::openapi(place.project, &manifest));
    let release_bytes = package::encode(&release);
    let attestation = Attestation {
        project: place.project.to_owned(),
        env: place.env.to_owned(),
        number: before.number().unwrap_or(0) + 1,
        release: Hash::of(&release_bytes),
        manifest: manifest.hash(),
        schema_fingerprints: checked.schema_fingerprints,
        logic: checked.logic,
    };
    Attested { release, release_bytes, attestation }
}

/// Which logic differs in code or header.
pub fn logic_changes(before: Option<&Release>, after: &Release) -> LogicChanges {
    let nothing = Release::default();
    let before = before.unwrap_or(&nothing);
    let paths: BTreeSet<&LogicPath> =
        before.manifest.logic.keys().chain(after.manifest.logic.keys()).collect();
    let mut changes = LogicChanges::default();
    for path in paths {
        let of = |release: &Release| {
            release.manifest.logic.get(path).cloned().zip(release.code.get(path).cloned())
        };
        let list = match (of(before), of(after)) {
            (None, _) => &mut changes.added,
            (_, None) => &mut changes.removed,
            (old, new) if old != new => &mut changes.changed,
            _ => continue,
        };
        list.push(path.to_string());
    }
    changes
}
