//! The files of a project: as they come, as a scope replaces them, as the store keeps them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stk_contract::hub::{self, ApplyScope, FileContent};
use stk_contract::package::{self, BlobError};
use stk_contract::{ErrorCode, Problem};
use stk_project::Files;

use super::ApplyError;

/// Reads what was sent.
pub fn decode(files: &hub::Files) -> Result<Files, ApplyError> {
    let bytes = |(path, content): (&String, &FileContent)| {
        let bytes = match content {
            FileContent::Text(text) => text.clone().into_bytes(),
            FileContent::Base64(text) => STANDARD.decode(text).map_err(|_| {
                Problem::new(ErrorCode::InvalidCall).detail(format!("The content of `{path}` is not Base64."))
            })?,
        };
        Ok::<_, ApplyError>((path.clone(), bytes))
    };
    files.0.iter().map(bytes).collect()
}

/// The sent files where the scope covers them, the newest release's elsewhere. What was sent outside the scope is not
/// looked at.
pub fn merge(newest: &Files, scope: ApplyScope, sent: Files) -> Files {
    let kept = newest.iter().filter(|(path, _)| !covers(scope, path));
    let mut files: Files = kept.map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
    files.extend(sent.into_iter().filter(|(path, _)| covers(scope, path)));
    files
}

fn covers(scope: ApplyScope, path: &str) -> bool {
    let folder = path.split('/').next().unwrap_or_default();
    match scope {
        ApplyScope::Schema => matches!(folder, "schema" | "base"),
        ApplyScope::Config => folder == "config",
        ApplyScope::Logic => folder == "logic",
        ApplyScope::Deploy => true,
    }
}

/// As the store keeps them.
pub fn pack(files: &Files) -> Vec<u8> {
    package::encode(files)
}

/// What [`pack`] packed.
pub fn unpack(bytes: &[u8]) -> Result<Files, BlobError> {
    // A map of files has been the same in every format.
    package::decode_since::<BTreeMap<String, Vec<u8>>>(1, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[(&str, &str)]) -> Files {
        paths.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_scope_replaces_its_own_folder_and_nothing_else() {
        let newest = files(&[("schema/main.hcl", "1"), ("config/auth.yaml", "1"), ("logic/a.sql", "1")]);
        let sent = files(&[("logic/b.sql", "2"), ("config/auth.yaml", "2")]);
        let merged = merge(&newest, ApplyScope::Logic, sent.clone());
        assert_eq!(
            merged,
            files(&[("schema/main.hcl", "1"), ("config/auth.yaml", "1"), ("logic/b.sql", "2")])
        );
        assert_eq!(merge(&newest, ApplyScope::Deploy, sent.clone()), sent);
        assert_eq!(merge(&newest, ApplyScope::Config, sent)["config/auth.yaml"], b"2");
    }

    #[test]
    fn what_is_packed_comes_back() {
        let files = files(&[("logic/a.sql", "SELECT 1")]);
        assert_eq!(unpack(&pack(&files)).unwrap(), files);
    }

    #[test]
    fn bytes_that_are_not_base64_are_refused_by_name() {
        let sent =
            hub::Files(BTreeMap::from([("logic/a.wasm".to_owned(), FileContent::Base64("§".to_owned()))]));
        let ApplyError::Refused(problem) = decode(&sent).unwrap_err() else { panic!("the caller's doing") };
        assert!(problem.detail.unwrap().contains("logic/a.wasm"));
    }
}
