//! `stk platform`: Hub, Server and Postgres in one process, on one data directory.
//!
//! `stk dev` is the same platform with a project deployed on it. The Hub and the Server stay apart: they meet in the
//! edge KV only.

pub mod data_folder;
pub mod database;
pub mod hub;
pub mod logging;
pub mod secrets;
pub mod server;
pub mod signals;
pub mod storage;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use stk_hub::{EnvironmentId, Hub, HubConfig};
use stk_kv::{EmbeddedKv, Kv};
use stk_server::{DeploymentConfig, Server, ServerConfig};
use tokio::task::JoinHandle;

use crate::args;
use crate::failure::{Doing as _, Failure};
use crate::output::{BOLD, GREEN, Output, paint};
use crate::postgres::Cluster;
use data_folder::DataFolder;
use storage::ObjectStorage;

/// What a platform is started with.
#[derive(Debug)]
pub struct PlatformConfig {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub hub_listen: SocketAddr,
    pub storage: args::ObjectStorage,
    /// A role that may create databases; absent: a Postgres of our own.
    pub database_url: Option<String>,
    /// The environment that answers at `/`; every one answers under `/p/{project}/{env}/`.
    pub root: Option<EnvironmentId>,
}

/// A running platform. Fields are dropped in this order: Postgres goes after who uses it, the lock last.
pub struct Platform {
    pub server: Arc<Server>,
    pub hub: Arc<Hub>,
    follower: JoinHandle<()>,
    storage: ObjectStorage,
    /// URL of the role that may create databases, for the database `postgres`.
    pub admin_url: String,
    /// Ends the names of databases and roles where others may use the Postgres too; else empty.
    pub suffix: String,
    _cluster: Option<Cluster>,
    pub data: DataFolder,
}

impl Platform {
    pub async fn start(config: PlatformConfig, output: &Output) -> Result<Platform, Failure> {
        let data = DataFolder::open(&config.data)?;
        let keyring = secrets::keyring_file(&data.join("keyring"))?;
        let cluster = match config.database_url {
            Some(_) => None,
            None => Some(Cluster::start(&data.join("postgres"), output)?),
        };
        let admin_url = match (&config.database_url, &cluster) {
            (Some(url), _) => url.clone(),
            (None, Some(cluster)) => cluster.url("postgres"),
            (None, None) => unreachable!("a cluster was started where no URL was given"),
        };
        let suffix = if cluster.is_some() { String::new() } else { database::suffix(&data)? };
        let hub_url = database::ensure(&admin_url, &database::identifier(&["santokit_hub", &suffix])).await?;
        let kv: Arc<dyn Kv> =
            Arc::new(EmbeddedKv::open(&data.join("kv")).doing(|| "can not open the KV".to_owned())?);
        let hub_config = HubConfig::new(config.hub_listen, hub_url, keyring);
        let hub = Arc::new(Hub::start(hub_config, kv.clone()).await.map_err(|error| hub_failure(&error))?);
        let mut server_config = ServerConfig::new(config.listen, hub.signing_keys(), data.join("packages"));
        let storage = ObjectStorage::start(
            &data.join("storage"),
            config.storage.listen(config.listen),
            config.storage.storage_url,
        )
        .await?;
        server_config.storage = Some(storage.settings());
        let created = hub.created_environments();
        server_config.deployments = deployments(&hub).await?;
        // The first one answers at `/`.
        server_config.deployments.sort_by_key(|deployment| !is_root(&config.root, deployment));
        let server = Server::start(server_config, kv).await.map_err(|error| server_failure(&error))?;
        let server = Arc::new(server);
        let follower = tokio::spawn(follow(hub.clone(), server.clone(), created, config.root));
        Ok(Platform { server, hub, follower, storage, admin_url, suffix, _cluster: cluster, data })
    }

    pub fn server_url(&self) -> String {
        format!("http://{}", self.server.local_addr())
    }

    pub fn hub_url(&self) -> String {
        format!("http://{}", self.hub.local_addr())
    }

    /// The Server drains first, then the Hub stops, then Postgres.
    pub async fn stop(self) {
        self.follower.abort();
        // Ends as cancelled; then this is the last one who holds the Hub.
        let _ = self.follower.await;
        self.server.shutdown().await;
        self.storage.stop().await;
        if let Some(hub) = Arc::into_inner(self.hub) {
            hub.shutdown().await;
        }
    }
}

async fn deployments(hub: &Hub) -> Result<Vec<DeploymentConfig>, Failure> {
    let environments = hub.environments().await.doing(|| "can not list the environments".to_owned())?;
    let mut deployments = Vec::new();
    for EnvironmentId { project, env } in environments {
        let keys = hub
            .environment_keys(&project, &env)
            .await
            .doing(|| format!("can not open the key of {project}/{env}"))?;
        deployments.push(DeploymentConfig { project, env, keys });
    }
    Ok(deployments)
}

fn is_root(root: &Option<EnvironmentId>, deployment: &DeploymentConfig) -> bool {
    root.as_ref().is_some_and(|root| (&root.project, &root.env) == (&deployment.project, &deployment.env))
}

/// Serves every environment that the Hub makes while we run.
async fn follow(
    hub: Arc<Hub>,
    server: Arc<Server>,
    mut created: tokio::sync::broadcast::Receiver<EnvironmentId>,
    root: Option<EnvironmentId>,
) {
    while let Ok(EnvironmentId { project, env }) = created.recv().await {
        match hub.environment_keys(&project, &env).await {
            Ok(keys) => {
                let deployment = DeploymentConfig { project, env, keys };
                let is_root = is_root(&root, &deployment);
                let (project, env) = (deployment.project.clone(), deployment.env.clone());
                server.serve_deployment(deployment).await;
                if is_root {
                    server.set_default(&project, &env);
                }
            }
            Err(error) => tracing::error!(%error, project, env, "can not open the environment's key"),
        }
    }
}

pub fn hub_failure(error: &stk_hub::StartError) -> Failure {
    Failure::new(format!("the Hub does not start: {error}"))
}

pub fn server_failure(error: &stk_server::StartError) -> Failure {
    Failure::new(format!("the Server does not start: {error}"))
}

/// The command: runs until it is told to stop.
pub async fn run(args: args::Platform, output: &Output) -> Result<(), Failure> {
    logging::to_stderr();
    let config = PlatformConfig {
        data: args.data,
        listen: args.listen,
        hub_listen: args.hub_listen,
        storage: args.storage,
        database_url: args.database_url,
        root: None,
    };
    let mut signals = signals::Signals::listen()?;
    let platform = tokio::select! {
        platform = Platform::start(config, output) => platform?,
        () = signals.stop() => return Ok(()),
    };
    let (server_url, hub_url) = (platform.server_url(), platform.hub_url());
    let bootstrap = platform.hub.bootstrap_token();
    let ready =
        json!({ "event": "ready", "serverUrl": server_url, "hubUrl": hub_url, "bootstrapToken": bootstrap });
    output.result(&ready, || ready_text(&server_url, &hub_url, bootstrap.as_deref()));
    signals.stop().await;
    output.say("stopping");
    platform.stop().await;
    Ok(())
}

fn ready_text(server_url: &str, hub_url: &str, bootstrap: Option<&str>) -> String {
    let mut text = format!("{}\n  Server  {server_url}\n  Hub     {hub_url}\n", paint(GREEN, "ready"));
    if let Some(token) = bootstrap {
        text.push_str(&format!(
            "\nThe first login makes you the owner. This token works once:\n\n  {}\n\n  stk login --hub-url {hub_url} --with bootstrap\n",
            paint(BOLD, token)
        ));
    }
    text
}
