//! Finding the server's binaries: PATH, `pg_config`, the usual folders; else the pinned build.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::fetch;
use crate::failure::Failure;
use crate::output::Output;

/// Older servers lack what the deploy check relies on.
const MAJOR_MIN: u32 = 13;

/// Server binaries of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    pub bin: PathBuf,
    pub major: u32,
}

impl Installation {
    /// An installed one, newest first within the usual folders; else the pinned build, fetched once.
    pub fn find(output: &Output) -> Result<Installation, Failure> {
        match candidates().into_iter().find_map(|bin| Installation::probe(&bin)) {
            Some(installation) => Ok(installation),
            None => {
                let bin = fetch::pinned(output)?;
                Installation::probe(&bin).ok_or_else(|| {
                    Failure::new(format!("the Postgres in {} does not run", bin.display()))
                        .hint("install PostgreSQL with your package manager, or set STK_DATABASE_URL")
                })
            }
        }
    }

    /// The one of this major version, which a data directory asks for.
    pub fn find_major(major: u32, output: &Output) -> Result<Installation, Failure> {
        if let Some(found) =
            candidates().iter().filter_map(|bin| Installation::probe(bin)).find(|i| i.major == major)
        {
            return Ok(found);
        }
        if fetch::MAJOR == major {
            return Installation::find(output);
        }
        Err(Failure::new(format!("the data was made by PostgreSQL {major}, which is not installed"))
            .hint(format!("install PostgreSQL {major}, or move the data directory away to start afresh")))
    }

    fn probe(bin: &Path) -> Option<Installation> {
        if !bin.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
        let major = parse_major(&String::from_utf8_lossy(&output.stdout))?;
        (major >= MAJOR_MIN).then(|| Installation { bin: bin.to_owned(), major })
    }
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` or `17beta1`.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split(')').nth(1)?.trim();
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    for (parent, child) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/local/opt", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "bin"),
        ("/usr", "bin"),
    ] {
        folders.extend(versions(Path::new(parent)).into_iter().map(|version| version.join(child)));
    }
    folders
}

/// Folders such as `15`, `postgresql@16` or `pgsql-17`, the highest version first.
fn versions(parent: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            let number = name.trim_start_matches("postgresql@").trim_start_matches("pgsql-");
            Some((number.parse().ok()?, path))
        })
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_postgres_prints_them() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(parse_major("something else"), None);
    }
}
