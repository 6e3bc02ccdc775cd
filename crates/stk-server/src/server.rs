//! The Server as the binary sees it: start, look at it, add deployments, shut down.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stk_kv::Kv;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{DeploymentConfig, DeploymentId, ServerConfig};
use crate::egress::Egress;
use crate::engines::Engines;
use crate::hosted::{DeploymentStatus, Hosted, Shared};
use crate::http::{self, Timeouts};
use crate::state::State;
use crate::storage::StorageHosts;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{address} is in use by another process; hint: stop it, or choose another address to listen on")]
    AddressInUse { address: SocketAddr },
    #[error("can not listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("can not use the package folder {path}: {source}")]
    PackageDir { path: String, source: std::io::Error },
}

/// A running Server. Dropped, it stops at once; [`Server::shutdown`] is the gentle way.
pub struct Server {
    local_addr: SocketAddr,
    state: Arc<State>,
    shared: Arc<Shared>,
    drain: Duration,
    connections: TaskTracker,
    /// Ends the tasks that follow the KV, one token a deployment below it.
    stop: CancellationToken,
    /// Ends accepting, and every connection after the request that it is at.
    close: CancellationToken,
    following: Mutex<Vec<(DeploymentId, CancellationToken)>>,
}

impl Server {
    /// Listens and serves what the disk has; what the KV has follows right after.
    pub async fn start(config: ServerConfig, kv: Arc<dyn Kv>) -> Result<Server, StartError> {
        let address = config.listen;
        let listener = TcpListener::bind(address).await.map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => StartError::AddressInUse { address },
            _ => StartError::Listen { address, source },
        })?;
        let local_addr = listener.local_addr().map_err(|source| StartError::Listen { address, source })?;
        std::fs::create_dir_all(&config.package_dir).map_err(|source| StartError::PackageDir {
            path: config.package_dir.display().to_string(),
            source,
        })?;
        let state = Arc::new(State::new(Timeouts { head: config.head_timeout, body: config.body_timeout }));
        let server = Server {
            local_addr,
            state,
            shared: Arc::new(Shared {
                kv,
                pinned: config.pinned,
                engines: Engines::new(&config.package_dir.join("compiled"), config.isolate.as_deref()),
                package_dir: config.package_dir,
                cache_bytes: config.cache_bytes,
                egress: Arc::new(Egress::new(config.egress_to_loopback)),
                storage: StorageHosts::new(config.storage),
            }),
            drain: config.drain,
            connections: TaskTracker::new(),
            stop: CancellationToken::new(),
            close: CancellationToken::new(),
            following: Mutex::default(),
        };
        for deployment in config.deployments {
            server.serve_deployment(deployment).await;
        }
        let connections = server.connections.clone();
        tokio::spawn(http::listen(listener, server.state.clone(), connections, server.close.clone()));
        Ok(server)
    }

    /// Where it listens: the real port, where 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves one more deployment; one that is served already is started afresh, with these keys.
    pub async fn serve_deployment(&self, config: DeploymentConfig) {
        let id = DeploymentId::new(&config.project, &config.env);
        let stop = self.stop.child_token();
        let hosted = Hosted::start(config, self.shared.clone(), &stop).await;
        self.state.put(hosted);
        let mut following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = following.iter().position(|(known, _)| *known == id) {
            following.swap_remove(old).1.cancel();
        }
        following.push((id, stop));
    }

    /// Makes a served deployment the one that answers at `/`.
    pub fn set_default(&self, project: &str, env: &str) {
        self.state.set_default(&DeploymentId::new(project, env));
    }

    /// What each deployment serves, the default one first.
    pub fn status(&self) -> Vec<DeploymentStatus> {
        self.state.deployments().iter().map(|hosted| hosted.status()).collect()
    }

    /// Waits until this number, or a later one, serves; for a deployment that is not served here, until it is.
    pub async fn wait_until_live(&self, project: &str, env: &str, number: u64) {
        let id = DeploymentId::new(project, env);
        loop {
            let mut placed = std::pin::pin!(self.state.placed());
            placed.as_mut().enable();
            let Some(hosted) = self.state.deployment(&id) else {
                placed.await;
                continue;
            };
            let mut live = hosted.live();
            tokio::select! {
                reached = live.wait_for(|live| live.as_ref().is_some_and(|live| live.number >= number)) => {
                    if reached.is_ok() {
                        return;
                    }
                }
                () = placed => {}
            }
        }
    }

    /// Not ready first; calls under way are finished, new ones still answered; at the latest when the drain time is
    /// over, everything ends.
    pub async fn shutdown(&self) {
        self.state.start_draining();
        let deadline = tokio::time::Instant::now() + self.drain;
        if tokio::time::timeout_at(deadline, self.state.drained()).await.is_err() {
            tracing::warn!("the drain time is over; calls under way are cut off");
        }
        self.state.start_closing();
        self.close.cancel();
        self.connections.close();
        // The last answers are on their way out; connections that hold on longer are dropped with the process.
        let flush = deadline.max(tokio::time::Instant::now() + Duration::from_millis(100));
        let _ = tokio::time::timeout_at(flush, self.connections.wait()).await;
        self.stop.cancel();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.start_closing();
        self.close.cancel();
        self.stop.cancel();
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.local_addr)
    }
}
