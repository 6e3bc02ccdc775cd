//! Compiled modules on disk, so that a Server that starts again serves at once.
//!
//! A compiled module is machine code: whoever can write one can run anything in this process. Each file therefore ends
//! with a MAC under a key that lies beside the files, readable by the Server's user only. What is not signed with it, or was
//! compiled by another version or for another processor, counts as absent and is compiled anew.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash as _, Hasher};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use wasmtime::{Engine, Module};

const MAC_BYTES: usize = 32;
const KEY_BYTES: usize = 32;

/// Files kept; the oldest go first.
const FILES_MAX: usize = 256;

pub(super) struct CompileCache {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
}

/// What a file is for: this module, compiled by this version with these settings for this processor.
pub(super) struct Entry {
    name: String,
}

impl Entry {
    pub(super) fn of(engine: &Engine, wasm: &[u8]) -> Entry {
        let mut hash = Hashing(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hash);
        hash.0.update(Sha256::digest(wasm));
        Entry { name: hex::encode(hash.0.finalize()) }
    }
}

/// Feeds what is only `Hash` to a cryptographic hash. The result stays on this machine, so that no byte order matters.
struct Hashing(Sha256);

impl Hasher for Hashing {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0.clone().finalize().0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

impl CompileCache {
    pub(super) fn open(folder: &Path) -> io::Result<CompileCache> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join("signing.key");
        let key = match read_key(&path)? {
            Some(key) => key,
            None => {
                make_key(folder, &path)?;
                read_key(&path)?
                    .ok_or_else(|| io::Error::other("the key that was just written can not be read"))?
            }
        };
        Ok(CompileCache { folder: folder.to_owned(), key })
    }

    /// The module, where a file of ours holds it.
    pub(super) fn module(&self, engine: &Engine, entry: &Entry) -> Option<Module> {
        let mut bytes = fs::read(self.path(entry)).ok()?;
        let mac = bytes.split_off(bytes.len().checked_sub(MAC_BYTES)?);
        self.mac(entry, &bytes).verify_slice(&mac).ok()?;
        // SAFETY: `deserialize` wants bytes that wasmtime's own `serialize` gave, unmodified. The MAC shows that these
        // are what `keep` wrote under a key that only this Server's user can read; they were checked in this memory, not
        // in a file that may change meanwhile. Those of another version or configuration it refuses by itself.
        #[allow(unsafe_code)]
        let module = unsafe { Module::deserialize(engine, &bytes) };
        module.inspect_err(|error| tracing::debug!(%error, "a compiled WASM module is compiled anew")).ok()
    }

    /// Keeps a module, if the disk lets us: the next start compiles it otherwise.
    pub(super) fn keep(&self, entry: &Entry, module: &Module) {
        let kept = module.serialize().map_err(io::Error::other).and_then(|bytes| {
            let mac = self.mac(entry, &bytes).finalize().into_bytes();
            let temporary = self.folder.join(format!("{}.tmp", entry.name));
            let mut file = private_file(&temporary)?;
            file.write_all(&bytes)?;
            file.write_all(&mac)?;
            fs::rename(&temporary, self.path(entry))?;
            self.prune()
        });
        if let Err(error) = kept {
            tracing::warn!(folder = %self.folder.display(), %error, "can not keep a compiled WASM module");
        }
    }

    fn path(&self, entry: &Entry) -> PathBuf {
        self.folder.join(format!("{}.compiled", entry.name))
    }

    /// Over the name as well, so that no file can stand in for another.
    fn mac(&self, entry: &Entry, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(entry.name.as_bytes());
        mac.update(bytes);
        mac
    }

    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "compiled") {
                files.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        files.sort();
        let surplus = files.len().saturating_sub(FILES_MAX);
        files.iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
    }
}

/// The key, if it is one that nobody else could read or have written.
fn read_key(path: &Path) -> io::Result<Option<[u8; KEY_BYTES]>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    let private = metadata.permissions().mode() & 0o077 == 0;
    let mut key = [0; KEY_BYTES];
    if !ours || !private || metadata.len() != KEY_BYTES as u64 || file.read_exact(&mut key).is_err() {
        tracing::warn!(path = %path.display(), "the key of the compile cache is not private or damaged; a new one is made");
        drop(file);
        fs::remove_file(path)?;
        return Ok(None);
    }
    Ok(Some(key))
}

/// Written aside and linked, so that of two Servers that start at once one key stays, whole.
fn make_key(folder: &Path, path: &Path) -> io::Result<()> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let temporary = folder.join(format!("signing.key.{}", std::process::id()));
    let mut file = private_file(&temporary)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}
