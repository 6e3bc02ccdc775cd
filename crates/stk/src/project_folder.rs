//! The user's project on disk: where it is, what its `stk.config.json` says, and its files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use stk_contract::hub::{FileContent, Files};

use crate::failure::{Doing as _, Exit, Failure};

pub const CONFIG_FILE: &str = "stk.config.json";

/// Folders that are read and sent; `base` is the older name of `schema`.
const FOLDERS: [&str; 4] = ["schema", "base", "config", "logic"];

/// Bytes of the largest file that is sent.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

#[derive(Debug, Clone)]
pub struct ProjectFolder {
    pub root: PathBuf,
    pub config: ProjectConfig,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectConfig {
    /// Where editors find the schema of this file.
    #[serde(rename = "$schema", default)]
    _schema: Option<String>,
    pub project_id: String,
    #[serde(default)]
    pub codegen: Codegen,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codegen {
    /// Also write the types to this file, for teams that commit them.
    #[serde(default)]
    pub output: Option<PathBuf>,
}

impl ProjectFolder {
    /// The folder given, else the nearest one upwards with a `stk.config.json`.
    pub fn find(given: Option<&Path>) -> Result<ProjectFolder, Failure> {
        match given {
            Some(folder) => ProjectFolder::open(folder),
            None => {
                let here = std::env::current_dir().doing(|| "can not find the current folder".to_owned())?;
                let root =
                    here.ancestors().find(|folder| folder.join(CONFIG_FILE).is_file()).ok_or_else(|| {
                        Failure::new(format!("there is no {CONFIG_FILE} here or in a folder above"))
                            .exit(Exit::Usage)
                            .hint("make a project with `stk init`, or name its folder with -C DIR")
                    })?;
                ProjectFolder::open(root)
            }
        }
    }

    fn open(folder: &Path) -> Result<ProjectFolder, Failure> {
        let root = folder.canonicalize().doing(|| format!("can not open the folder {}", folder.display()))?;
        let path = root.join(CONFIG_FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::new(format!("can not read {}: {error}", path.display()))
                .exit(Exit::Usage)
                .hint("make a project with `stk init`")
        })?;
        let config: ProjectConfig = serde_json::from_str(&text).map_err(|error| {
            Failure::new(format!("{CONFIG_FILE}:{}:{}: {error}", error.line(), error.column()))
                .exit(Exit::Refused)
        })?;
        stk_contract::names::check_slug(&config.project_id).map_err(|error| {
            Failure::new(format!("{CONFIG_FILE}: project_id: {error}")).exit(Exit::Refused)
        })?;
        Ok(ProjectFolder { root, config })
    }

    /// Where commands keep what belongs to this checkout.
    pub fn state(&self) -> PathBuf {
        self.root.join(".stk")
    }

    /// Every file of the project's folders, by its path with `/`. Hidden files are left out.
    pub fn read(&self) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
        let mut files = BTreeMap::new();
        for folder in FOLDERS {
            let path = self.root.join(folder);
            if path.is_dir() {
                read_folder(&path, folder, &mut files)?;
            }
        }
        Ok(files)
    }

    /// The folders that exist, for watching.
    pub fn watched(&self) -> Vec<PathBuf> {
        FOLDERS.iter().map(|folder| self.root.join(folder)).filter(|path| path.is_dir()).collect()
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), Failure> {
    let doing = || format!("can not read the folder {}", folder.display());
    for entry in std::fs::read_dir(folder).doing(doing)? {
        let entry = entry.doing(doing)?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            return Err(Failure::new(format!("a file name in {} is not UTF-8", folder.display())));
        };
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let (path, key) = (entry.path(), format!("{prefix}/{name}"));
        // Follows links, as a reader of the folder would.
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            // Editors write by renaming: a file of the listing may be gone again.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Failure::new(format!("can not read {}: {error}", path.display()))),
        };
        if metadata.is_dir() {
            read_folder(&path, &key, files)?;
        } else if metadata.len() > FILE_BYTES_MAX {
            return Err(Failure::new(format!(
                "{key} has {} bytes, at most {FILE_BYTES_MAX} are sent",
                metadata.len()
            )));
        } else {
            files.insert(key, std::fs::read(&path).doing(|| format!("can not read {}", path.display()))?);
        }
    }
    Ok(())
}

/// The files as they go over the wire.
pub fn to_wire(files: &BTreeMap<String, Vec<u8>>) -> Files {
    use base64::Engine as _;
    let content = |bytes: &Vec<u8>| match std::str::from_utf8(bytes) {
        Ok(text) => FileContent::Text(text.to_owned()),
        Err(_) => FileContent::Base64(base64::engine::general_purpose::STANDARD.encode(bytes)),
    };
    Files(files.iter().map(|(path, bytes)| (path.clone(), content(bytes))).collect())
}
