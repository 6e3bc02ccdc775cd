//! The `.d.ts` text of callable logic.

use stk_contract::Hash;
use stk_contract::client_manifest::ClientManifest;

/// Declares every callable logic for `@santokit/client`; `hash` is the manifest's.
pub fn declarations(manifest: &ClientManifest, hash: Hash) -> String {
    format!("// {hash} {}\n", manifest.logic.len())
}
