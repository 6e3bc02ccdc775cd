//! Which Hub, with which token, for which project and environment.
//!
//! In this order: flags and their environment variables; the platform that `stk dev` keeps for this project, where
//! the environment is `dev` or nobody is logged in; the Hub logged in to.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::args::Global;
use crate::failure::{Doing as _, Exit, Failure};
use crate::hub_client::HubClient;
use crate::project_folder::ProjectFolder;

pub const ENV_DEFAULT: &str = "prod";
pub const ENV_DEV: &str = "dev";

/// What a running `stk dev` tells the commands of its project.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DevPlatform {
    pub hub_url: String,
    pub server_url: String,
    pub access_token: String,
}

/// Hubs logged in to. The newest login is the default.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Credentials {
    pub default_hub: Option<String>,
    /// Access token by Hub address.
    pub tokens: BTreeMap<String, String>,
}

/// A Hub, reached with a token or without.
#[derive(Debug, Clone)]
pub struct Profile {
    pub hub_url: String,
    pub token: Option<String>,
    pub is_dev: bool,
}

/// The environment of a project that a command is about.
#[derive(Debug)]
pub struct Target {
    pub hub: HubClient,
    pub project: String,
    pub env: String,
    pub folder: Option<ProjectFolder>,
}

impl Profile {
    pub fn resolve(global: &Global, folder: Option<&ProjectFolder>) -> Result<Profile, Failure> {
        let token = std::env::var("STK_TOKEN").ok().filter(|token| !token.is_empty());
        let credentials = Credentials::load()?;
        if let Some(url) = &global.hub_url {
            let hub_url = normal_url(url);
            let token = token.or_else(|| credentials.tokens.get(&hub_url).cloned());
            return Ok(Profile { hub_url, token, is_dev: false });
        }
        let wants_dev = global.env.as_deref() == Some(ENV_DEV);
        let logged_in = credentials.default_hub;
        if let Some(dev) = folder.and_then(DevPlatform::load).filter(|_| wants_dev || logged_in.is_none()) {
            return Ok(Profile { hub_url: dev.hub_url, token: Some(dev.access_token), is_dev: true });
        }
        let hub_url = logged_in.ok_or_else(|| {
            Failure::new("not logged in to a Hub")
                .exit(Exit::NotLoggedIn)
                .hint("run `stk login --hub-url URL`, set STK_HUB_URL and STK_TOKEN, or start `stk dev`")
        })?;
        let token = token.or_else(|| credentials.tokens.get(&hub_url).cloned());
        Ok(Profile { hub_url, token, is_dev: false })
    }
}

impl Target {
    pub fn resolve(global: &Global) -> Result<Target, Failure> {
        let folder = match ProjectFolder::find(global.dir.as_deref()) {
            Ok(folder) => Some(folder),
            // A command on the Hub alone needs no folder, if the project is named.
            Err(_) if global.project.is_some() && global.dir.is_none() => None,
            Err(failure) => return Err(failure),
        };
        let profile = Profile::resolve(global, folder.as_ref())?;
        let project =
            global.project.clone().or_else(|| folder.as_ref().map(|folder| folder.config.project_id.clone()));
        let project = project.ok_or_else(|| Failure::new("no project is named").exit(Exit::Usage))?;
        let default_env = if profile.is_dev { ENV_DEV } else { ENV_DEFAULT };
        let env = global.env.clone().unwrap_or_else(|| default_env.to_owned());
        Ok(Target { hub: HubClient::new(&profile)?, project, env, folder })
    }

    /// The folder, for commands that read the project's files.
    pub fn folder(&self) -> Result<&ProjectFolder, Failure> {
        self.folder.as_ref().ok_or_else(|| {
            Failure::new("this command reads the project's files")
                .exit(Exit::Usage)
                .hint("name its folder with -C DIR")
        })
    }

    /// A path of the environment's resources on the Hub.
    pub fn path(&self, rest: &str) -> String {
        format!("/projects/{}/environments/{}{rest}", self.project, self.env)
    }
}

impl DevPlatform {
    fn file(folder: &ProjectFolder) -> PathBuf {
        folder.state().join("dev").join("platform.json")
    }

    pub fn load(folder: &ProjectFolder) -> Option<DevPlatform> {
        serde_json::from_slice(&std::fs::read(DevPlatform::file(folder)).ok()?).ok()
    }

    pub fn save(&self, folder: &ProjectFolder) -> Result<(), Failure> {
        write_private(&DevPlatform::file(folder), &to_json(self))
    }

    /// Once the platform is gone, commands must not look for it any more.
    pub fn remove(folder: &ProjectFolder) {
        // Nothing depends on it: a stale file leads to "cannot reach the Hub".
        let _ = std::fs::remove_file(DevPlatform::file(folder));
    }
}

impl Credentials {
    fn file() -> Result<PathBuf, Failure> {
        let base = match std::env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()) {
            Some(folder) => PathBuf::from(folder),
            None => PathBuf::from(
                std::env::var_os("HOME")
                    .ok_or_else(|| Failure::new("HOME is not set, so logins have no place"))?,
            )
            .join(".config"),
        };
        Ok(base.join("stk").join("credentials.json"))
    }

    pub fn load() -> Result<Credentials, Failure> {
        let Ok(file) = Credentials::file() else { return Ok(Credentials::default()) };
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .doing(|| format!("{} is damaged", file.display()))
                .map_err(|failure| failure.hint("delete it and log in again")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Credentials::default()),
            Err(error) => Err(Failure::new(format!("can not read {}: {error}", file.display()))),
        }
    }

    pub fn save(&self) -> Result<(), Failure> {
        write_private(&Credentials::file()?, &to_json(self))
    }
}

/// Without the slash at the end, so that one Hub has one name.
pub fn normal_url(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("these structs have string keys and no failing serialiser")
}

/// Writes a file that only its owner may read; it is whole or absent, also after a crash.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let doing = || format!("can not write {}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).doing(doing)?;
    let temporary = path.with_extension("tmp");
    let mut options = std::fs::OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(&temporary).doing(doing)?;
    file.write_all(bytes).doing(doing)?;
    file.sync_all().doing(doing)?;
    std::fs::rename(&temporary, path).doing(doing)
}
