//! Compiling once: what is kept on disk, and what is not believed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wasmtime::Module;

use super::support::echo;
use crate::engines::wasm::cache::{CompileCache, Entry};
use crate::engines::wasm::{WasmEngine, settings};

fn compiled_files(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "compiled")).collect()
}

/// A cache with the echo module in it.
async fn filled() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    WasmEngine::new(Some(folder.path())).unwrap().load(echo().into()).await.unwrap();
    let files = compiled_files(folder.path());
    assert_eq!(files.len(), 1);
    (folder, files[0].clone())
}

/// Whether a Server that starts now takes the module from the folder.
fn found(folder: &Path) -> bool {
    let engine = settings::engine().unwrap();
    let cache = CompileCache::open(folder).unwrap();
    cache.module(&engine, &Entry::of(&engine, &echo())).is_some()
}

#[tokio::test]
async fn a_compiled_module_is_taken_from_disk_by_the_next_start() {
    let (folder, _) = filled().await;
    assert!(found(folder.path()));
}

#[tokio::test]
async fn the_key_and_the_files_are_private() {
    let (folder, file) = filled().await;
    for path in [folder.path().join("signing.key"), file] {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn a_file_that_was_changed_is_compiled_anew() {
    let (folder, file) = filled().await;
    let mut bytes = fs::read(&file).unwrap();
    bytes[1000] ^= 1;
    fs::write(&file, &bytes).unwrap();
    assert!(!found(folder.path()));
    WasmEngine::new(Some(folder.path())).unwrap().load(echo().into()).await.unwrap();
    assert!(found(folder.path()), "it is replaced by one that is whole");
}

#[tokio::test]
async fn a_file_that_is_cut_or_empty_is_compiled_anew() {
    let (folder, file) = filled().await;
    let bytes = fs::read(&file).unwrap();
    for length in [0, 10, 32, bytes.len() - 1] {
        fs::write(&file, &bytes[..length]).unwrap();
        assert!(!found(folder.path()), "{length} bytes");
    }
}

#[tokio::test]
async fn a_module_that_is_not_signed_is_not_loaded() {
    let (folder, file) = filled().await;
    let engine = settings::engine().unwrap();
    let module = Module::new(&engine, echo()).unwrap();
    let mut forged = module.serialize().unwrap();
    forged.extend_from_slice(&[0; 32]);
    fs::write(&file, forged).unwrap();
    assert!(!found(folder.path()));
}

#[tokio::test]
async fn a_file_can_not_stand_in_for_another() {
    let (folder, file) = filled().await;
    let engine = settings::engine().unwrap();
    let other = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "_start")))"#).unwrap();
    WasmEngine::new(Some(folder.path())).unwrap().load(other.clone().into()).await.unwrap();
    let others = compiled_files(folder.path()).into_iter().find(|path| *path != file).unwrap();
    fs::copy(&file, &others).unwrap();
    let cache = CompileCache::open(folder.path()).unwrap();
    assert!(cache.module(&engine, &Entry::of(&engine, &other)).is_none());
}

#[tokio::test]
async fn a_key_that_others_could_read_is_replaced() {
    let (folder, _) = filled().await;
    let key = folder.path().join("signing.key");
    let before = fs::read(&key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(!found(folder.path()), "what the old key signed is not believed");
    assert_ne!(fs::read(&key).unwrap(), before);
}

#[tokio::test]
async fn a_folder_that_can_not_be_used_is_done_without() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    WasmEngine::new(Some(&file.join("cache"))).unwrap().load(echo().into()).await.unwrap();
}
