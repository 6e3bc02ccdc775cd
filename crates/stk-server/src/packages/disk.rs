//! The last good package on disk: one file a deployment, replaced whole. Its bytes are verified like the KV's, so a
//! damaged file is noticed; secrets in it are sealed.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{PackageError, RawPackage};
use crate::config::DeploymentConfig;

/// Marks the file and its format.
const MAGIC: &[u8; 8] = b"stkpkg\x00\x01";

/// Bytes of the largest part: far past any real one, small enough that a damaged length can not exhaust memory.
const PART_BYTES_MAX: u64 = 256 << 20;

/// Where one deployment's package lies.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    path: PathBuf,
}

impl Disk {
    /// Slugs hold no dot, so two deployments never share a file.
    pub(crate) fn new(folder: &Path, config: &DeploymentConfig) -> Disk {
        Disk { path: folder.join(format!("{}.{}.package", config.project, config.env)) }
    }

    /// What is there; none where nothing was ever saved.
    pub(crate) fn load(&self) -> Result<Option<RawPackage>, PackageError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.fault(error)),
        };
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic).map_err(|error| self.fault(error))?;
        if &magic != MAGIC {
            return Err(self.fault("it has a format that this build does not read"));
        }
        let mut part = || -> Result<Vec<u8>, PackageError> {
            let mut length = [0; 8];
            file.read_exact(&mut length).map_err(|error| self.fault(error))?;
            let length = u64::from_le_bytes(length);
            if length > PART_BYTES_MAX {
                return Err(self.fault("a part has an impossible length"));
            }
            let mut bytes = Vec::new();
            (&mut file).take(length).read_to_end(&mut bytes).map_err(|error| self.fault(error))?;
            Ok(bytes)
        };
        Ok(Some(RawPackage { pointer: part()?, release: part()?, attestation: part()?, secrets: part()? }))
    }

    /// Replaces what is there: written aside, synced, then renamed, so that a crash leaves the old or the new one.
    pub(crate) fn save(&self, raw: &RawPackage) -> Result<(), PackageError> {
        let temporary = self.path.with_extension("package.tmp");
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            file.write_all(MAGIC)?;
            for part in [&raw.pointer, &raw.release, &raw.attestation, &raw.secrets] {
                file.write_all(&(part.len() as u64).to_le_bytes())?;
                file.write_all(part)?;
            }
            file.sync_all()?;
            std::fs::rename(&temporary, &self.path)?;
            match self.path.parent() {
                Some(folder) => File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        };
        write().map_err(|error| self.fault(error))
    }

    fn fault(&self, reason: impl ToString) -> PackageError {
        PackageError::Disk { path: self.path.display().to_string(), reason: reason.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_package_comes_back_and_a_cut_off_one_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let config =
            DeploymentConfig { project: "shop".to_owned(), env: "prod".to_owned(), keys: Vec::new() };
        let disk = Disk::new(folder.path(), &config);
        assert!(disk.load().unwrap().is_none());
        let raw =
            RawPackage { pointer: vec![1], release: vec![2; 3], attestation: vec![3; 2], secrets: vec![4] };
        disk.save(&raw).unwrap();
        let loaded = disk.load().unwrap().unwrap();
        assert_eq!((loaded.pointer, loaded.release), (raw.pointer, raw.release));

        let bytes = std::fs::read(&disk.path).unwrap();
        std::fs::write(&disk.path, &bytes[..20]).unwrap();
        assert!(disk.load().is_err());
    }
}
