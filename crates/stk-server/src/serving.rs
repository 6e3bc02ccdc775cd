//! A release made ready to serve: the runtime's deployment, its databases and what HTTP needs of it. Built whole,
//! then only read; a switch replaces it in one go.

use std::sync::Arc;
use std::time::Duration;

use ahash::AHashMap;
use bytes::Bytes;
use http::HeaderValue;
use stk_contract::package::Pointer;
use stk_runtime::{Deployment, KeySets};
use tokio::sync::Semaphore;

use crate::egress::AllowList;
use crate::engines::Programs;
use crate::packages::{Package, PackageError};
use crate::sql::Database;
use crate::storage::Storage;

pub(crate) struct Serving {
    pub(crate) pointer: Pointer,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) databases: AHashMap<Arc<str>, Arc<Database>>,
    /// Logic that runs in an engine.
    pub(crate) programs: Arc<Programs>,
    /// Where logic may fetch from.
    pub(crate) egress: Arc<AllowList>,
    /// Absent: the project has none, or this Server can not reach it.
    pub(crate) storage: Option<Arc<dyn Storage>>,
    /// `x-santokit-release`.
    pub(crate) release_header: HeaderValue,
    pub(crate) openapi: Bytes,
    /// Exact origins.
    pub(crate) cors_origins: Vec<Box<[u8]>>,
    pub(crate) body_bytes_max: u64,
    /// Places for calls that run logic.
    pub(crate) places: Arc<Semaphore>,
    /// What a logic purges, by its path: for calls whose caller is gone before the purge.
    pub(crate) invalidates: AHashMap<Box<str>, Arc<[Box<str>]>>,
}

/// How long a call waits for a place.
pub(crate) const PLACE_TIMEOUT: Duration = Duration::from_secs(1);

impl Serving {
    /// Compiles the package, whose programs are loaded. Connections of `before` are kept where their settings are the
    /// same.
    pub(crate) fn new(
        package: Package,
        programs: Programs,
        storage: Option<Arc<dyn Storage>>,
        key_sets: Arc<KeySets>,
        before: Option<&Serving>,
    ) -> Result<Serving, PackageError> {
        let Package { pointer, release, attestation, secrets } = package;
        let mut databases = AHashMap::new();
        for (alias, settings) in &release.config.databases {
            let fault = |reason: String| PackageError::Database { alias: alias.clone(), reason };
            let url = settings
                .url
                .resolve(|name| secrets.get(name).map(String::as_str))
                .map_err(|missing| fault(missing.to_string()))?;
            let fingerprint = Database::fingerprint(&url, settings);
            let kept = before
                .and_then(|before| before.databases.get(alias.as_str()))
                .filter(|database| database.has(&fingerprint));
            let database = match kept {
                Some(database) => database.clone(),
                None => {
                    let application = format!("santokit {}/{}", pointer.project, pointer.env);
                    // A bad URL must not keep the rest of the release from serving: its calls are answered 503.
                    Arc::new(Database::new(alias, &url, settings, &application))
                }
            };
            databases.insert(Arc::from(alias.as_str()), database);
        }
        let invalidates = release
            .manifest
            .logic
            .iter()
            .filter(|(_, spec)| !spec.invalidates.is_empty())
            .map(|(path, spec)| {
                (path.as_str().into(), spec.invalidates.iter().map(|tag| tag.as_str().into()).collect())
            })
            .collect();
        let egress = Arc::new(AllowList::new(&release.config.egress));
        let deployment = Arc::new(Deployment::load(release, attestation, &secrets, key_sets)?);
        let limits = deployment.limits();
        Ok(Serving {
            release_header: HeaderValue::from(deployment.number()),
            openapi: Bytes::copy_from_slice(deployment.openapi().as_bytes()),
            cors_origins: deployment
                .config()
                .cors_origins
                .iter()
                .map(|origin| origin.as_bytes().into())
                .collect(),
            body_bytes_max: limits.body_bytes,
            places: Arc::new(Semaphore::new(limits.concurrency.max(1) as usize)),
            pointer,
            databases,
            programs: Arc::new(programs),
            egress,
            storage,
            invalidates,
            deployment,
        })
    }

    /// The same release under a pointer that was signed anew.
    pub(crate) fn with_pointer(&self, pointer: Pointer) -> Serving {
        Serving {
            pointer,
            deployment: self.deployment.clone(),
            databases: self.databases.clone(),
            programs: self.programs.clone(),
            egress: self.egress.clone(),
            storage: self.storage.clone(),
            release_header: self.release_header.clone(),
            openapi: self.openapi.clone(),
            cors_origins: self.cors_origins.clone(),
            body_bytes_max: self.body_bytes_max,
            places: self.places.clone(),
            invalidates: self.invalidates.clone(),
        }
    }
}
