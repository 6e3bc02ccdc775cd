//! The scripts that print something else in the engine, and why: lines `name = "reason"`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub(super) struct Exceptions(BTreeMap<String, String>);

impl Exceptions {
    pub(super) fn read(path: &Path) -> Exceptions {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let read = |line: &str| {
            let (name, reason) =
                line.split_once(" = ").unwrap_or_else(|| panic!("not `name = \"reason\"`: {line}"));
            let reason = reason.trim_matches('"');
            assert!(reason.len() > 10, "{name}: an exception says why");
            (name.to_owned(), reason.to_owned())
        };
        Exceptions(lines.map(read).collect())
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    pub(super) fn left(self) -> Vec<String> {
        self.0.into_keys().collect()
    }
}
