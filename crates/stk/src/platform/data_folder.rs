//! The data directory: one process at a time, of a format this build knows.

use std::fs::File;
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

use crate::failure::{Doing as _, Failure};

/// Raised when older builds could not read the directory any more.
const FORMAT: u32 = 1;

/// An open data directory. The lock ends with this value, or with the process.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: Flock<File>,
}

impl DataFolder {
    pub fn open(path: &Path) -> Result<DataFolder, Failure> {
        let doing = || format!("can not open the data directory {}", path.display());
        std::fs::create_dir_all(path).doing(doing)?;
        let path = path.canonicalize().doing(doing)?;
        let file = File::create(path.join("lock")).doing(doing)?;
        let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|_| {
            Failure::new(format!("another stk uses the data directory {}", path.display()))
                .hint("stop it, or choose another one with --data")
        })?;
        check_format(&path.join("VERSION"))?;
        Ok(DataFolder { path, _lock: lock })
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

fn check_format(file: &Path) -> Result<(), Failure> {
    let doing = || format!("can not read {}", file.display());
    match std::fs::read_to_string(file) {
        Ok(text) => match text.trim().parse::<u32>() {
            Ok(format) if format <= FORMAT => Ok(()),
            Ok(format) => Err(Failure::new(format!(
                "the data directory has format {format}, this stk ({}) knows up to {FORMAT}",
                env!("CARGO_PKG_VERSION")
            ))
            .hint("it was made by a newer stk: update, or choose another directory with --data")),
            Err(_) => Err(Failure::new(format!("{} is damaged: it holds no format number", file.display()))),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::write(file, format!("{FORMAT}\n")).doing(doing)
        }
        Err(error) => Err(Failure::new(format!("{}: {error}", doing()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_and_no_newer_format() {
        let folder = tempfile::tempdir().unwrap();
        let open = DataFolder::open(folder.path()).unwrap();
        let second = DataFolder::open(folder.path()).unwrap_err();
        assert!(second.message.contains("another stk uses"), "{}", second.message);
        drop(open);
        std::fs::write(folder.path().join("VERSION"), "2\n").unwrap();
        let newer = DataFolder::open(folder.path()).unwrap_err();
        assert!(newer.message.contains("has format 2"), "{}", newer.message);
    }
}
