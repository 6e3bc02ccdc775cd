//! Keys that the platform makes for itself, kept in files that only their owner may read.

use std::path::Path;

use stk_hub::Keyring;

use crate::failure::{Doing as _, Failure};
use crate::profile::write_private;

/// `bytes` random bytes as hex digits.
pub fn random_hex(bytes: usize) -> Result<String, Failure> {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).doing(|| "the operating system gives no random bytes".to_owned())?;
    Ok(hex::encode(buffer))
}

/// The key ring in the file, made where there is none.
pub fn keyring_file(path: &Path) -> Result<Keyring, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let text =
                Keyring::generate().doing(|| "the operating system gives no random bytes".to_owned())?;
            write_private(path, text.as_bytes())?;
            text.to_string()
        }
        Err(error) => return Err(Failure::new(format!("can not read {}: {error}", path.display()))),
    };
    Keyring::parse(&text).doing(|| format!("the key ring {} is not usable", path.display()))
}
