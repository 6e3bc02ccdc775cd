//! `stk sync`: the client's types, written where TypeScript finds them without an import or a file in the source tree.
//!
//! What is written where, and why, is the contract in `packages/client/TYPES.md`. The newest manifest is kept in
//! `.stk/manifest.json`, so that an install that deleted the types can write them again offline.

pub mod handlers;
mod install;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use stk_contract::Hash;
use stk_contract::client_manifest::ClientManifest;
use stk_contract::hub::ManifestResponse;

use crate::args::{Global, Sync};
use crate::failure::{Doing as _, Exit, Failure};
use crate::output::{GREEN, Output, paint};
use crate::profile::Target;
use crate::project_folder::ProjectFolder;

/// The last manifest, as `.stk/manifest.json` keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptManifest {
    number: u64,
    manifest: ClientManifest,
}

/// What a sync did.
#[derive(Debug, Clone, Serialize)]
pub struct Synced {
    /// Files that were not up to date; of a check, that are not.
    pub files: Vec<PathBuf>,
    pub hints: Vec<String>,
    pub manifest: Hash,
}

pub async fn run(global: &Global, args: Sync, output: &Output) -> Result<(), Failure> {
    let (folder, kept, openapi) = if args.offline {
        let folder = ProjectFolder::find(global.dir.as_deref())?;
        let kept = read_kept(&folder)?;
        (folder, kept, None)
    } else {
        let target = Target::resolve(global)?;
        let response: ManifestResponse = target.hub.get(&target.path("/manifest")).await?;
        let kept = KeptManifest { number: response.number, manifest: response.manifest };
        (target.folder()?.clone(), kept, Some(response.openapi))
    };
    let mut synced = sync(&folder, &kept, args.check)?;
    if !args.check {
        handlers::write(&folder, &stk_project::check(&folder.config.project_id, &folder.read()?).0)?;
    }
    if let Some(file) = &args.openapi {
        let text = openapi.unwrap_or_else(|| stk_project::openapi(&folder.config.project_id, &kept.manifest));
        synced.files.extend(install::write_if_changed(file, text.as_bytes(), args.check)?);
    }
    if args.check && !synced.files.is_empty() {
        let names: Vec<String> = synced.files.iter().map(|file| file.display().to_string()).collect();
        return Err(Failure::new(format!("the types are stale: {}", names.join(", ")))
            .exit(Exit::Refused)
            .hint("run `stk sync`"));
    }
    output.result(&synced, || summary(&synced, kept.manifest.logic.len()));
    Ok(())
}

/// Writes what the live release of a platform needs; `stk dev` calls it after every deploy.
pub fn from_response(folder: &ProjectFolder, response: ManifestResponse) -> Result<Synced, Failure> {
    sync(folder, &KeptManifest { number: response.number, manifest: response.manifest }, false)
}

fn sync(folder: &ProjectFolder, kept: &KeptManifest, check_only: bool) -> Result<Synced, Failure> {
    let hash = kept.manifest.hash();
    let types = install::Types {
        declarations: stk_project::declarations(&kept.manifest, hash),
        manifest: kept.manifest.to_json(),
        runtime: runtime_json(&kept.manifest, &hash),
    };
    let mut synced = Synced { files: Vec::new(), hints: Vec::new(), manifest: hash };
    install::install(folder, &types, check_only, &mut synced)?;
    if !check_only {
        let text = serde_json::to_vec_pretty(kept).doing(|| "can not write the manifest".to_owned())?;
        install::write_if_changed(&folder.state().join("manifest.json"), &text, false)?;
    }
    Ok(synced)
}

fn read_kept(folder: &ProjectFolder) -> Result<KeptManifest, Failure> {
    let path = folder.state().join("manifest.json");
    let bytes = std::fs::read(&path).map_err(|error| {
        Failure::new(format!("can not read {}: {error}", path.display()))
            .hint("run `stk sync` once with a Hub; it keeps the manifest there")
    })?;
    serde_json::from_slice(&bytes).doing(|| format!("{} is damaged", path.display()))
}

/// The hash and the paths that are safe to repeat, which the client may load at run time.
fn runtime_json(manifest: &ClientManifest, hash: &Hash) -> String {
    let read_only: Vec<&str> =
        manifest.logic.iter().filter(|(_, logic)| logic.read_only).map(|(path, _)| path.as_str()).collect();
    serde_json::json!({ "hash": hash, "readOnly": read_only }).to_string()
}

fn summary(synced: &Synced, logic: usize) -> String {
    let hints = synced.hints.iter().map(|hint| format!("\nhint: {hint}"));
    let state = if synced.files.is_empty() { "up to date" } else { "written" };
    format!("{} types of {logic} logic{}", paint(GREEN, state), hints.collect::<String>())
}
