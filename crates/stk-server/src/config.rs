//! What a Server is started with. Reading flags, files and the environment is the binary's job, not this crate's.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use stk_contract::seal::Key;
use stk_contract::sign::VerifyingKey;

use crate::storage::EmbeddedStorage;

/// Settings of one Server process.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Port 0 lets the operating system choose.
    pub listen: SocketAddr,
    /// The first answers at `/`; each also under `/p/{project}/{env}/`.
    pub deployments: Vec<DeploymentConfig>,
    /// Public keys of Hubs whose pointers are believed.
    pub pinned: Vec<VerifyingKey>,
    /// Where the last good package of each deployment is kept.
    pub package_dir: PathBuf,
    /// How long a shutdown waits for calls under way.
    pub drain: Duration,
    /// How long a client may take to send the head of a request or to take an answer; also how long a connection may
    /// idle. A connection is closed up to a quarter of it later.
    pub head_timeout: Duration,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
    /// Bytes of answers that each deployment keeps in memory.
    pub cache_bytes: u64,
    /// Whether logic may fetch from this machine itself, where its project names the host: for development and tests.
    pub egress_to_loopback: bool,
    /// For projects whose `storage.yaml` names no endpoint; without one, that is AWS.
    pub storage: Option<EmbeddedStorage>,
    /// The command that makes an isolate process, which runs JavaScript; absent: this very binary, which must then give
    /// way to `stk_isolate` as it starts.
    pub isolate: Option<Vec<OsString>>,
}

impl ServerConfig {
    /// The defaults for everything that has one.
    pub fn new(listen: SocketAddr, pinned: Vec<VerifyingKey>, package_dir: PathBuf) -> ServerConfig {
        ServerConfig {
            listen,
            deployments: Vec::new(),
            pinned,
            package_dir,
            drain: Duration::from_secs(20),
            head_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(15),
            cache_bytes: 64 << 20,
            egress_to_loopback: false,
            isolate: None,
            storage: None,
        }
    }
}

/// One environment of one project to serve.
#[derive(Debug, Clone)]
pub struct DeploymentConfig {
    pub project: String,
    pub env: String,
    /// Environment keys: more than one while they are rotated.
    pub keys: Vec<Key>,
}

/// Names a deployment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeploymentId {
    pub project: String,
    pub env: String,
}

impl DeploymentId {
    pub fn new(project: &str, env: &str) -> DeploymentId {
        DeploymentId { project: project.to_owned(), env: env.to_owned() }
    }
}

impl std::fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.project, self.env)
    }
}
