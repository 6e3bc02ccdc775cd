//! Failpoints: places where a test kills the process, to prove that what serves is never half of something.
//!
//! Only in builds with debug assertions; in a release build a hit is nothing.

/// Every failpoint, in the order a deploy visits them; `schema_audited` only where the schema changes, `schema_applied`
/// only where the scope covers it.
pub const FAILPOINTS: &[&str] = &[
    "files_parsed",
    "schema_audited",
    "schema_applied",
    "checks_done",
    "release_stored",
    "blobs_written",
    "audit_written",
    "before_switch",
    "switched",
    "secrets_written",
    "before_pointer",
    "pointer_written",
];

/// Kills this process, without any clean-up, where the environment variable `STK_FAILPOINT` names this place.
#[cfg(debug_assertions)]
pub(crate) fn hit(name: &str) {
    if std::env::var_os("STK_FAILPOINT").is_some_and(|wanted| wanted == name) {
        nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL).expect("a process may always kill itself");
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn hit(_name: &str) {}

/// The same before and after each step of a schema apply: `STK_FAILPOINT=schema_step:3:before` or `…:after`.
#[cfg(debug_assertions)]
pub(crate) fn hit_step(number: usize, moment: &str) {
    hit(&format!("schema_step:{number}:{moment}"));
}

#[cfg(not(debug_assertions))]
pub(crate) fn hit_step(_number: usize, _moment: &str) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(folder: &std::path::Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else {
                text.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn every_failpoint_is_visited_from_exactly_one_place() {
        let mut text = String::new();
        sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut text);
        for name in FAILPOINTS {
            assert_eq!(text.matches(&format!("failpoint::hit(\"{name}\")")).count(), 1, "{name}");
        }
        assert_eq!(text.matches("failpoint::hit(\"").count(), FAILPOINTS.len(), "each visit is listed");
    }
}
