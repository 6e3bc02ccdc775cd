//! The key ring: versions of the key-encryption key, from a file that the operator keeps.

use std::collections::BTreeMap;

use stk_contract::seal::Key;
use zeroize::Zeroizing;

/// One or more 32-byte keys by version; the highest version seals, all of them open.
#[derive(Debug, Clone)]
pub struct Keyring {
    keys: BTreeMap<u32, Key>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    #[error("the key ring is empty: it needs a line `1:` with 64 hex digits")]
    Empty,
    #[error("line {line} of the key ring is not `VERSION:` with 64 hex digits (32 bytes)")]
    Line { line: usize },
    #[error("line {line} of the key ring names version {version} again")]
    Twice { line: usize, version: u32 },
    #[error("line {line} of the key ring is all zeros, which is no key")]
    Zero { line: usize },
}

impl Keyring {
    /// Reads lines of `VERSION:64 hex digits`; empty lines and lines starting with `#` are skipped.
    pub fn parse(text: &str) -> Result<Keyring, KeyringError> {
        let mut keys = BTreeMap::new();
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let (version, hex) = content.split_once(':').ok_or(KeyringError::Line { line })?;
            let version =
                version.trim().parse().ok().filter(|version| (1..=i32::MAX as u32).contains(version));
            let version = version.ok_or(KeyringError::Line { line })?;
            if hex.trim().bytes().all(|digit| digit == b'0') && !hex.trim().is_empty() {
                return Err(KeyringError::Zero { line });
            }
            let key = Key::from_hex(hex).map_err(|_| KeyringError::Line { line })?;
            if keys.insert(version, key).is_some() {
                return Err(KeyringError::Twice { line, version });
            }
        }
        if keys.is_empty() { Err(KeyringError::Empty) } else { Ok(Keyring { keys }) }
    }

    /// The text of a new key ring with one random key, for the operator to keep.
    pub fn generate() -> Result<Zeroizing<String>, getrandom::Error> {
        let key = Zeroizing::new(Key::from_bytes(*super::random_bytes()?).to_hex());
        Ok(Zeroizing::new(format!("1:{}\n", key.as_str())))
    }

    pub(super) fn get(&self, version: u32) -> Option<&Key> {
        self.keys.get(&version)
    }

    pub(super) fn newest(&self) -> (u32, &Key) {
        let (version, key) = self.keys.last_key_value().expect("a key ring holds at least one key");
        (*version, key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Key)> {
        self.keys.iter().map(|(version, key)| (*version, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_ring_reads_back_and_prints_no_key() {
        let text = Keyring::generate().unwrap();
        let keyring = Keyring::parse(&format!("# kept in the safe\n\n{}", text.as_str())).unwrap();
        let hex = text.trim().strip_prefix("1:").unwrap();
        assert_eq!(keyring.newest().0, 1);
        assert!(!format!("{keyring:?}").contains(hex));
    }

    #[test]
    fn the_highest_version_seals() {
        let text = format!("2:{}\n10:{}\n", "ab".repeat(32), "cd".repeat(32));
        assert_eq!(Keyring::parse(&text).unwrap().newest().0, 10);
    }

    #[test]
    fn missing_short_and_ambiguous_keys_are_refused() {
        let key = "ab".repeat(32);
        let cases = [
            (String::new(), KeyringError::Empty),
            ("# nothing\n".to_owned(), KeyringError::Empty),
            (key.clone(), KeyringError::Line { line: 1 }),
            (format!("1:{}", &key[2..]), KeyringError::Line { line: 1 }),
            (format!("0:{key}"), KeyringError::Line { line: 1 }),
            (format!("1:{key}\n1:{key}"), KeyringError::Twice { line: 2, version: 1 }),
            (format!("1:{}", "0".repeat(64)), KeyringError::Zero { line: 1 }),
        ];
        for (text, error) in cases {
            assert_eq!(Keyring::parse(&text).unwrap_err(), error, "{text}");
        }
    }
}
