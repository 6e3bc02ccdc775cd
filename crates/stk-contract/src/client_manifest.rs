//! The client manifest: what `stk sync` writes types from, and what a client says it was typed against.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::attestation::{Attestation, ResultColumn};
use crate::hash::Hash;
use crate::json_type::DeclaredType;
use crate::manifest::{Manifest, Param, Returns};
use crate::names::LogicPath;

/// The callable logic of a release in one environment. Private logic is not in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClientManifest {
    pub logic: BTreeMap<LogicPath, ClientLogic>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientLogic {
    pub description: Option<String>,
    pub params: IndexMap<String, Param>,
    pub returns: Returns,
    /// Of SQL.
    pub columns: Vec<ResultColumn>,
    /// Of other logic, where it is declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<DeclaredType>,
    /// Safe to repeat.
    pub read_only: bool,
    /// Reachable by `GET`: public and cached.
    pub get: bool,
}

impl ClientManifest {
    /// Puts together what the files declare and what Postgres proved.
    pub fn new(manifest: &Manifest, logic: &BTreeMap<LogicPath, crate::LogicProof>) -> ClientManifest {
        let callable = manifest.logic.iter().filter(|(path, _)| !path.is_private());
        let describe = |(path, spec): (&LogicPath, &crate::LogicSpec)| {
            let proof = logic.get(path);
            let client_logic = ClientLogic {
                description: spec.description.clone(),
                params: spec.params.clone(),
                returns: spec.returns,
                columns: proof.map(|proof| proof.columns().to_vec()).unwrap_or_default(),
                result: spec.result.clone(),
                read_only: proof.is_some_and(|proof| proof.read_only),
                get: spec.is_get(),
            };
            (path.clone(), client_logic)
        };
        ClientManifest { logic: callable.map(describe).collect() }
    }

    /// Its JSON text: keys in a fixed order, so that equal manifests are equal bytes.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a manifest has string keys and no failing serialiser")
    }

    /// The hash a client sends as `x-santokit-manifest`.
    pub fn hash(&self) -> Hash {
        Hash::of(self.to_json().as_bytes())
    }
}

impl From<(&Manifest, &Attestation)> for ClientManifest {
    fn from((manifest, attestation): (&Manifest, &Attestation)) -> ClientManifest {
        ClientManifest::new(manifest, &attestation.logic)
    }
}
