//! Writing the types into `node_modules`, and the stamp into the installed client.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Synced;
use crate::failure::{Doing as _, Failure};
use crate::project_folder::ProjectFolder;

/// `types` points across to the folder that editors watch.
const PACKAGE_JSON: &str =
    r#"{"name":".santokit","version":"0.0.0","private":true,"types":"../@types/.santokit/index.d.ts"}"#;

/// Without it, ESM resolution does not find the declarations beside it.
const WATCHED_PACKAGE_JSON: &str =
    r#"{"name":"@types/.santokit","version":"0.0.0","private":true,"types":"./index.d.ts"}"#;

pub struct Types {
    pub declarations: String,
    pub manifest: String,
    pub runtime: String,
}

/// Writes everything that is stale, or only lists it. The stamp is soft: a check leaves it out.
pub fn install(
    folder: &ProjectFolder,
    types: &Types,
    check_only: bool,
    synced: &mut Synced,
) -> Result<(), Failure> {
    let output = folder.config.codegen.output.as_ref().map(|path| folder.root.join(path));
    let declared = output.is_some();
    if let Some(path) = output {
        let text = format!("/// <reference types=\"@santokit/client\" />\n{}", types.declarations);
        synced.files.extend(write_if_changed(&path, text.as_bytes(), check_only)?);
    }
    let Some(root) = folder.root.ancestors().find(|folder| folder.join("package.json").is_file()) else {
        if !declared {
            synced.hints.push(
                "there is no package.json here or above, so there is nowhere to write types".to_owned(),
            );
        }
        return Ok(());
    };
    let modules = root.join("node_modules");
    let (hidden, watched) = (modules.join(".santokit"), modules.join("@types").join(".santokit"));
    for file in [watched.join("index.d.ts"), hidden.join("index.d.ts")] {
        if !declared {
            synced.files.extend(write_if_changed(&file, types.declarations.as_bytes(), check_only)?);
        } else if !check_only && file.exists() {
            std::fs::remove_file(&file).doing(|| format!("can not remove {}", file.display()))?;
        }
    }
    if check_only {
        return Ok(());
    }
    for (name, text) in [
        ("manifest.json", types.manifest.as_str()),
        ("runtime.json", &types.runtime),
        ("package.json", PACKAGE_JSON),
    ] {
        write_if_changed(&hidden.join(name), text.as_bytes(), false)?;
    }
    if !declared {
        write_if_changed(&watched.join("package.json"), WATCHED_PACKAGE_JSON.as_bytes(), false)?;
    }
    stamp(root, &types.runtime, synced)
}

/// Puts the manifest's hash into the installed client, where that copy belongs to this app alone.
fn stamp(root: &Path, runtime: &str, synced: &mut Synced) -> Result<(), Failure> {
    let installed = root
        .ancestors()
        .map(|folder| folder.join("node_modules/@santokit/client"))
        .find(|path| path.exists());
    let Some(installed) = installed else {
        synced.hints.push("the client is not installed yet: npm install @santokit/client".to_owned());
        return Ok(());
    };
    let client = installed.canonicalize().doing(|| format!("can not follow {}", installed.display()))?;
    let root = root.canonicalize().doing(|| format!("can not follow {}", root.display()))?;
    if !client.starts_with(root.join("node_modules")) {
        return Ok(());
    }
    for (file, text) in [
        ("dist/esm/manifest.js", format!("export const manifest = {runtime};\n")),
        ("dist/cjs/manifest.js", format!("exports.manifest = {runtime};\n")),
    ] {
        let path = client.join(file);
        if path.is_file() {
            write_if_changed(&path, text.as_bytes(), false)?;
        }
    }
    Ok(())
}

/// Replaces a file whose bytes differ, by a temporary file and a rename, and says so. A file that is right is left
/// alone: a touched file makes editors work, and one linked to a store must not be written in place.
pub fn write_if_changed(path: &Path, bytes: &[u8], check_only: bool) -> Result<Option<PathBuf>, Failure> {
    if std::fs::read(path).is_ok_and(|current| current == bytes) {
        return Ok(None);
    }
    if !check_only {
        let doing = || format!("can not write {}", path.display());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).doing(doing)?;
        let mut file = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder)
            .doing(doing)?;
        file.write_all(bytes).doing(doing)?;
        file.persist(path).doing(doing)?;
    }
    Ok(Some(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;
    use crate::project_folder::ProjectFolder;

    fn types() -> Types {
        Types {
            declarations: "interface SantokitLogic {}\n".into(),
            manifest: "{}".into(),
            runtime: "{\"hash\":\"h\"}".into(),
        }
    }

    fn project(config: &str) -> (tempfile::TempDir, ProjectFolder) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("stk.config.json"), config).unwrap();
        std::fs::write(folder.path().join("package.json"), "{}").unwrap();
        let project = ProjectFolder::find(Some(folder.path())).unwrap();
        (folder, project)
    }

    fn synced() -> Synced {
        Synced { files: Vec::new(), hints: Vec::new(), manifest: stk_contract::Hash::of(b"") }
    }

    #[test]
    fn types_are_written_once_and_found_stale_by_a_check() {
        let (_folder, project) = project(r#"{"project_id":"shop"}"#);
        let mut checked = synced();
        install(&project, &types(), true, &mut checked).unwrap();
        assert_eq!(checked.files.len(), 2);
        let mut written = synced();
        install(&project, &types(), false, &mut written).unwrap();
        let file = project.root.join("node_modules/@types/.santokit/index.d.ts");
        let inode = std::fs::metadata(&file).unwrap().ino();
        let mut again = synced();
        install(&project, &types(), false, &mut again).unwrap();
        assert!(again.files.is_empty());
        assert_eq!(std::fs::metadata(&file).unwrap().ino(), inode, "a file that is right is left alone");
    }

    #[test]
    fn a_store_shared_by_links_keeps_its_bytes() {
        let (_folder, project) = project(r#"{"project_id":"shop"}"#);
        let client = project.root.join("node_modules/@santokit/client/dist/esm");
        std::fs::create_dir_all(&client).unwrap();
        let store = project.root.join("store.js");
        std::fs::write(&store, "export const manifest = null;\n").unwrap();
        std::fs::hard_link(&store, client.join("manifest.js")).unwrap();
        install(&project, &types(), false, &mut synced()).unwrap();
        assert_eq!(std::fs::read_to_string(&store).unwrap(), "export const manifest = null;\n");
        let stamped = std::fs::read_to_string(client.join("manifest.js")).unwrap();
        assert_eq!(stamped, "export const manifest = {\"hash\":\"h\"};\n");
    }

    #[test]
    fn a_linked_working_copy_of_the_client_is_not_ours_to_write() {
        let (_folder, project) = project(r#"{"project_id":"shop"}"#);
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(elsewhere.path().join("dist/esm")).unwrap();
        let module = elsewhere.path().join("dist/esm/manifest.js");
        std::fs::write(&module, "export const manifest = null;\n").unwrap();
        std::fs::create_dir_all(project.root.join("node_modules/@santokit")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), project.root.join("node_modules/@santokit/client"))
            .unwrap();
        install(&project, &types(), false, &mut synced()).unwrap();
        assert_eq!(std::fs::read_to_string(&module).unwrap(), "export const manifest = null;\n");
    }

    #[test]
    fn a_committed_file_takes_the_place_of_the_hidden_ones() {
        let (_folder, project) = project(r#"{"project_id":"shop","codegen":{"output":"src/santokit.d.ts"}}"#);
        install(&project, &types(), false, &mut synced()).unwrap();
        let text = std::fs::read_to_string(project.root.join("src/santokit.d.ts")).unwrap();
        assert!(text.starts_with("/// <reference types=\"@santokit/client\" />\n"));
        assert!(!project.root.join("node_modules/.santokit/index.d.ts").exists());
    }
}
