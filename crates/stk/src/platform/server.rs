//! `stk server`: the data plane alone, for one environment.

use std::sync::Arc;

use serde_json::json;
use stk_contract::seal::Key;
use stk_contract::sign::VerifyingKey;
use stk_kv::EmbeddedKv;
use stk_server::{DeploymentConfig, Server, ServerConfig};

use super::signals::Signals;
use crate::args;
use crate::failure::{Doing as _, Exit, Failure};
use crate::output::{GREEN, Output, paint};

pub async fn run(global: &args::Global, args: args::Server, output: &Output) -> Result<(), Failure> {
    super::logging::to_stderr();
    let project = global.project.clone().ok_or_else(|| {
        Failure::new("which project?").exit(Exit::Usage).hint("name it with --project or STK_PROJECT_ID")
    })?;
    let env = global.env.clone().unwrap_or_else(|| crate::profile::ENV_DEFAULT.to_owned());
    let key = std::fs::read_to_string(&args.env_key_file)
        .doing(|| format!("can not read the environment key {}", args.env_key_file.display()))?;
    let keys = vec![Key::from_hex(&key).doing(|| "the environment key is not usable".to_owned())?];
    let pinned =
        vec![VerifyingKey::from_hex(&args.signing_key).doing(|| "the signing key is not usable".to_owned())?];
    let kv = EmbeddedKv::open(&args.kv).doing(|| "can not open the KV".to_owned())?;
    let mut config = ServerConfig::new(args.listen, pinned, args.packages);
    config.deployments.push(DeploymentConfig { project, env, keys });
    let server = Server::start(config, Arc::new(kv)).await.map_err(|error| super::server_failure(&error))?;
    let url = format!("http://{}", server.local_addr());
    output.result(&json!({ "event": "ready", "serverUrl": url }), || {
        format!("{}\n  Server  {url}", paint(GREEN, "ready"))
    });
    Signals::listen()?.stop().await;
    server.shutdown().await;
    Ok(())
}
