//! One deployment as it is hosted here: what it serves now, its cache and counters, and the task that follows the KV.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwapOption;
use stk_contract::package::Pointer;
use stk_contract::sign::VerifyingKey;
use stk_contract::{Hash, kv_keys};
use stk_kv::{Change, Changes, Kv};
use stk_runtime::KeySets;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cache::Cache;
use crate::config::{DeploymentConfig, DeploymentId};
use crate::egress::Egress;
use crate::engines::{Engines, Programs};
use crate::jwks::Fetcher;
use crate::metrics::{Metrics, Snapshot};
use crate::packages::{self, Disk, Fetched, PackageError, RawPackage};
use crate::purges::Purges;
use crate::serving::Serving;
use crate::storage::StorageHosts;

/// How long after a refused package the KV is asked again, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// How often the KV is asked without a change being told.
const POLL: Duration = Duration::from_secs(60);

/// How often the key sets of foreign issuers are looked at.
const KEYS_TICK: Duration = Duration::from_secs(60);

/// What serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    pub number: u64,
    pub secrets_seq: u64,
    pub release: Hash,
}

/// One deployment, for a screen or a report.
#[derive(Debug, Clone)]
pub struct DeploymentStatus {
    pub id: DeploymentId,
    /// None before the first good package.
    pub live: Option<Live>,
    /// The package is past its expiry; it goes on serving.
    pub expired: bool,
    /// Why the newest package was refused.
    pub error: Option<String>,
}

/// What the deployments of one Server share.
pub(crate) struct Shared {
    pub(crate) kv: Arc<dyn Kv>,
    pub(crate) pinned: Vec<VerifyingKey>,
    pub(crate) package_dir: PathBuf,
    /// Bytes of answers that each deployment keeps.
    pub(crate) cache_bytes: u64,
    pub(crate) engines: Engines,
    pub(crate) egress: Arc<Egress>,
    pub(crate) storage: StorageHosts,
}

pub(crate) struct Hosted {
    pub(crate) id: DeploymentId,
    config: DeploymentConfig,
    pub(crate) shared: Arc<Shared>,
    disk: Disk,
    serving: ArcSwapOption<Serving>,
    live: watch::Sender<Option<Live>>,
    /// The newest pointer that was ever served, also before a restart and also where its blobs are damaged.
    newest: Mutex<Option<Pointer>>,
    error: Mutex<Option<String>>,
    key_sets: Arc<KeySets>,
    pub(crate) fetcher: Fetcher,
    pub(crate) cache: Arc<Cache>,
    pub(crate) purges: Purges,
    pub(crate) metrics: Arc<Metrics>,
}

impl Hosted {
    /// Serves what the disk has, if it is good, and follows the KV until `stop`.
    pub(crate) async fn start(
        config: DeploymentConfig,
        shared: Arc<Shared>,
        stop: &CancellationToken,
    ) -> Arc<Hosted> {
        let id = DeploymentId::new(&config.project, &config.env);
        let kv = &shared.kv;
        let hosted = Arc::new(Hosted {
            disk: Disk::new(&shared.package_dir, &config),
            purges: Purges::new(id.clone(), kv.clone()),
            id,
            config,
            serving: ArcSwapOption::empty(),
            live: watch::Sender::new(None),
            newest: Mutex::default(),
            error: Mutex::default(),
            key_sets: Arc::new(KeySets::new()),
            fetcher: Fetcher::default(),
            cache: Arc::new(Cache::new(shared.cache_bytes)),
            metrics: Arc::new(Metrics::default()),
            shared,
        });
        // Subscribed before the first read, so that no change falls between the two.
        let changes = hosted.shared.kv.changes(&kv_keys::live(&hosted.id.project, &hosted.id.env));
        let purges = hosted.shared.kv.changes(&kv_keys::purge_prefix(&hosted.id.project, &hosted.id.env));
        if let Err(error) = hosted.load_from_disk().await {
            hosted.refused(&error);
        }
        let (followed, stop) = (hosted.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                _ = followed.follow(changes) => {}
                _ = followed.follow_purges(purges) => {}
                _ = followed.refresh_keys() => {}
                _ = followed.purges.publish() => {}
                () = stop.cancelled() => {}
            }
        });
        hosted
    }

    /// What serves now.
    pub(crate) fn serving(&self) -> Option<Arc<Serving>> {
        self.serving.load_full()
    }

    pub(crate) fn live(&self) -> watch::Receiver<Option<Live>> {
        self.live.subscribe()
    }

    pub(crate) fn status(&self) -> DeploymentStatus {
        let error = self.error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let live = self.live.borrow().clone();
        DeploymentStatus { id: self.id.clone(), live, expired: self.is_expired(), error }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let serving = self.serving();
        let (cache_entries, cache_bytes) = self.cache.size();
        let databases = serving.iter().flat_map(|serving| &serving.databases);
        Snapshot {
            labels: format!("project=\"{}\",env=\"{}\"", self.id.project, self.id.env),
            number: serving.as_ref().map_or(0, |serving| serving.pointer.number),
            serving: serving.is_some(),
            expired: self.is_expired(),
            cache_entries,
            cache_bytes,
            databases: databases
                .filter_map(|(alias, database)| Some((alias.to_string(), database.gauges()?)))
                .collect(),
        }
    }

    /// Drops the answers with these tags here, and tells every other Server of the environment.
    pub(crate) fn purge(&self, tags: &[Box<str>]) {
        self.cache.purge(tags);
        self.purges.add(tags);
    }

    async fn load_from_disk(self: &Arc<Hosted>) -> Result<(), PackageError> {
        let disk = self.disk.clone();
        let Some(raw) = blocking(move || disk.load()).await? else { return Ok(()) };
        let pointer = packages::open_pointer(&raw.pointer, &self.shared.pinned, &self.config)?;
        self.remember(pointer.clone());
        self.switch(raw, pointer, false).await
    }

    /// Follows the pointer in the KV. A refused package leaves what serves as it is.
    async fn follow(self: &Arc<Hosted>, mut changes: Changes) {
        let mut retry = RETRY.0;
        let mut told = true;
        loop {
            let wait = match self.refresh().await {
                Ok(()) => {
                    retry = RETRY.0;
                    POLL
                }
                Err(error) => {
                    self.refused(&error);
                    retry = if told { RETRY.0 } else { (retry * 2).min(RETRY.1) };
                    retry
                }
            };
            self.alarm_if_expired();
            told = tokio::select! {
                _ = next(&mut changes) => true,
                () = tokio::time::sleep(wait) => false,
            };
        }
    }

    /// Reads the KV once and switches where it has something newer.
    async fn refresh(self: &Arc<Hosted>) -> Result<(), PackageError> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // A newest pointer whose blobs were damaged on disk is not the one that serves: it is fetched again.
        let serves = self.serving().map(|serving| serving.pointer.clone());
        match packages::fetch(
            &*self.shared.kv,
            &self.shared.pinned,
            &self.config,
            newest.as_ref(),
            serves.as_ref(),
        )
        .await?
        {
            Fetched::Same(pointer) => {
                if let Some(serving) = self.serving()
                    && serving.pointer != pointer
                {
                    self.serving.store(Some(Arc::new(serving.with_pointer(pointer))));
                }
                *self.error.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Ok(())
            }
            Fetched::New(raw, pointer) => self.switch(raw, pointer, true).await,
        }
    }

    /// Opens a package whole, keeps it on disk and serves it.
    async fn switch(
        self: &Arc<Hosted>,
        raw: RawPackage,
        pointer: Pointer,
        save: bool,
    ) -> Result<(), PackageError> {
        let hosted = self.clone();
        let open = move || packages::open(&raw, pointer, &hosted.config).map(|package| (package, raw));
        let (package, raw) = blocking(open).await?;
        let before = self.serving();
        let loaded = before.as_deref().map(|before| &*before.programs);
        let programs = Programs::load(&self.shared.engines, &package.release, loaded).await;
        let hosted = self.clone();
        let build = move || -> Result<Arc<Serving>, PackageError> {
            hosted.metrics.add_logic(package.release.manifest.logic.keys().map(|path| path.as_str()));
            let storage = hosted.shared.storage.of(&hosted.id, &package);
            let serving =
                Serving::new(package, programs, storage, hosted.key_sets.clone(), before.as_deref())?;
            if save && let Err(error) = hosted.disk.save(&raw) {
                // It serves all the same; only a restart without the KV would miss it.
                tracing::error!(deployment = %hosted.id, %error, "the package can not be kept on disk");
                hosted.metrics.package_error(error.kind());
            }
            Ok(Arc::new(serving))
        };
        let serving = blocking(build).await?;
        let pointer = serving.pointer.clone();
        self.serving.store(Some(serving));
        self.remember(pointer.clone());
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = None;
        tracing::info!(deployment = %self.id, number = pointer.number, release = %pointer.release.hash, "serving");
        let (number, secrets_seq) = pointer.sequence();
        self.live.send_replace(Some(Live { number, secrets_seq, release: pointer.release.hash }));
        Ok(())
    }

    fn remember(&self, pointer: Pointer) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.as_ref().is_none_or(|newest| newest.sequence() <= pointer.sequence()) {
            *newest = Some(pointer);
        }
    }

    /// Says once why a package was refused; what serves goes on.
    /// Nothing serves, though something was deployed: its package was refused, or the KV can not be read.
    pub(crate) fn is_waiting(&self) -> bool {
        let last = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        self.serving().is_none()
            && last.as_ref().is_some_and(|last| *last != PackageError::Missing.to_string())
    }

    fn refused(&self, error: &PackageError) {
        self.metrics.package_error(error.kind());
        let text = error.to_string();
        let mut last = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_deref() != Some(&text) {
            let serving = self.serving().map(|serving| serving.pointer.number);
            match error {
                // Nothing was ever deployed: that is how every environment begins.
                PackageError::Missing if serving.is_none() => {
                    tracing::info!(deployment = %self.id, "no package yet");
                }
                _ => tracing::error!(deployment = %self.id, %error, ?serving, "the edge package was refused"),
            }
            *last = Some(text);
        }
    }

    fn is_expired(&self) -> bool {
        self.serving().is_some_and(|serving| unix_ms() > serving.pointer.expires_at_ms)
    }

    fn alarm_if_expired(&self) {
        if self.is_expired() {
            tracing::error!(deployment = %self.id, "the package is past its expiry: the Hub does not sign it anew");
        }
    }

    /// Drops what other Servers, or we ourselves, have purged.
    async fn follow_purges(&self, mut changes: Changes) {
        let prefix = kv_keys::purge_prefix(&self.id.project, &self.id.env);
        loop {
            match next(&mut changes).await {
                Change::Key(key) => {
                    if let Some(tag) = key.strip_prefix(&prefix) {
                        self.cache.purge(&[tag.into()]);
                    }
                }
                Change::Missed => self.cache.purge_all(),
            }
        }
    }

    /// Fetches key sets again before they are too old, off the path of calls.
    async fn refresh_keys(&self) {
        let mut ticks = tokio::time::interval(KEYS_TICK);
        loop {
            ticks.tick().await;
            for url in self.key_sets.due(unix_ms()) {
                let fetched = self.fetcher.fetch(&url).await;
                if let Err(fault) = &fetched {
                    tracing::warn!(deployment = %self.id, %fault, "the keys of an issuer");
                }
                self.key_sets.store(&url, fetched, unix_ms());
            }
        }
    }
}

/// The next change; never comes once the feed has ended, and the KV is only polled.
async fn next(changes: &mut Changes) -> Change {
    match changes.next().await {
        Some(change) => change,
        None => std::future::pending().await,
    }
}

/// Does what would hold up other tasks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PackageError> + Send + 'static,
) -> Result<T, PackageError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(PackageError::Mixed(format!("it could not be read: {error}"))))
}

/// Milliseconds since the Unix epoch.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    // Before 1970 there are no packages; a clock that says so counts as 1970.
    since.map_or(0, |since| since.as_millis() as u64)
}
