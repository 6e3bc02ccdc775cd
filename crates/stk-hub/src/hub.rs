//! A running Hub: its start, what a process beside it may ask, and its end.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use stk_contract::seal::Key;
use stk_contract::sign::{SigningKey, VerifyingKey};
use stk_kv::Kv;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::bootstrap::{self, OfferError};
use crate::config::HubConfig;
use crate::databases::Databases;
use crate::state::State;
use crate::store::audit::Chain as AuditChain;
use crate::store::{OpenError, Store, StoreError};
use crate::vault::{self, Vault, VaultError};
use crate::{api, provision};

/// Created environments that a slow listener may be behind.
const CREATED_MAX: usize = 256;

/// How long a shutdown waits for requests under way.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Which environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentId {
    pub project: String,
    pub env: String,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the Hub can not listen on {addr}")]
    Listen { addr: SocketAddr, source: std::io::Error },
    #[error("the one-time token of the first start could not be made")]
    Bootstrap(#[source] OfferError),
}

/// Why a question to a running Hub has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// A running Hub. Dropped without [`Hub::shutdown`], its tasks end with the runtime.
pub struct Hub {
    state: Arc<State>,
    local_addr: SocketAddr,
    bootstrap_token: Option<Zeroizing<String>>,
    stop: CancellationToken,
    server: JoinHandle<()>,
    reconciler: JoinHandle<()>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("local_addr", &self.local_addr).finish_non_exhaustive()
    }
}

impl Hub {
    /// Opens the store and the vault, compares the KV with the store once, and listens.
    pub async fn start(config: HubConfig, kv: Arc<dyn Kv>) -> Result<Hub, StartError> {
        let store = Store::open(&config.database_url).await?;
        let vault = Vault::open(config.keyring, &store).await?;
        let signing_keys = open_signing_keys(&vault, &store).await?;
        let bootstrap_token = bootstrap::offer(&store).await.map_err(StartError::Bootstrap)?;
        let listen = |source| StartError::Listen { addr: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let local_addr = listener.local_addr().map_err(listen)?;
        let state = Arc::new(State {
            store,
            vault,
            kv,
            databases: Databases::default(),
            verifying_keys: signing_keys.iter().map(SigningKey::verifying_key).collect(),
            signing_key: signing_keys[0].clone(),
            package_ttl: config.package_ttl,
            created: broadcast::channel(CREATED_MAX).0,
        });
        provision::reconcile_all(&state).await;
        let stop = CancellationToken::new();
        let server = axum::serve(listener, api::router(state.clone()))
            .with_graceful_shutdown(stop.clone().cancelled_owned())
            .into_future();
        let server = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the Hub's listener ended");
            }
        });
        let reconciler = tokio::spawn(provision::reconcile_on_a_timer(
            state.clone(),
            config.reconcile_every,
            stop.clone(),
        ));
        tracing::info!(%local_addr, "the Hub listens");
        Ok(Hub { state, local_addr, bootstrap_token, stop, server, reconciler })
    }

    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The one-time token that makes the first operator; only while there is none. To be shown once, never logged.
    pub fn bootstrap_token(&self) -> Option<String> {
        self.bootstrap_token.as_ref().map(|token| token.to_string())
    }

    /// The public halves of the keys that sign pointers, newest first: what Servers pin.
    pub fn signing_keys(&self) -> Vec<VerifyingKey> {
        self.state.verifying_keys.clone()
    }

    /// The keys that seal an environment's secrets in its edge package, newest first; empty where there is no such
    /// environment.
    pub async fn environment_keys(&self, project: &str, env: &str) -> Result<Vec<Key>, HubError> {
        Ok(provision::environment_keys(&self.state, project, env).await?)
    }

    /// Every environment of every project.
    pub async fn environments(&self) -> Result<Vec<EnvironmentId>, HubError> {
        let all = self.state.store.all_environments().await?;
        Ok(all.into_iter().map(|(project, env)| EnvironmentId { project, env }).collect())
    }

    /// Environments that this Hub creates from now on. Subscribe before reading [`Hub::environments`], and none is
    /// missed.
    pub fn created_environments(&self) -> broadcast::Receiver<EnvironmentId> {
        self.state.created.subscribe()
    }

    /// Reads the audit log from its start, and says whether each entry still follows from the one before.
    pub async fn verify_audit(&self) -> Result<AuditChain, HubError> {
        Ok(self.state.store.verify_audit().await?)
    }

    /// Stops taking requests, lets those under way end, and closes every connection.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(DRAIN_MAX, &mut self.server).await.is_err() {
            self.server.abort();
        }
        // A task that panicked has told so already.
        let _ = self.reconciler.await;
        self.state.databases.close();
        self.state.store.close();
    }
}

/// The signing keys, newest first. The first start makes one; of two Hubs at once, the first's stays.
async fn open_signing_keys(vault: &Vault, store: &Store) -> Result<Vec<SigningKey>, VaultError> {
    if store.signing_keys().await?.is_empty() {
        let seed = vault::random_bytes()?;
        let envelope = vault.seal(&vault::signing_key_id(1), seed.as_slice())?;
        store.add_signing_key(1, &envelope).await?;
    }
    let keys = store.signing_keys().await?;
    let open = |(version, envelope): &(i64, vault::Envelope)| {
        let seed = vault.unseal_key(&vault::signing_key_id(*version as u64), envelope)?;
        Ok(SigningKey::from_bytes(&seed))
    };
    keys.iter().map(open).collect()
}
