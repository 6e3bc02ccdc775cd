//! `stk hub`: the control plane alone.

use std::sync::Arc;

use serde_json::json;
use stk_hub::{Hub, HubConfig, Keyring};
use stk_kv::EmbeddedKv;

use super::signals::Signals;
use crate::args;
use crate::failure::{Doing as _, Failure};
use crate::output::{GREEN, Output, paint};

pub async fn run(args: args::Hub, output: &Output) -> Result<(), Failure> {
    super::logging::to_stderr();
    let text = std::fs::read_to_string(&args.keyring).map_err(|error| {
        Failure::new(format!("can not read the key ring {}: {error}", args.keyring.display())).hint(
            "make one with `echo \"1:$(openssl rand -hex 32)\" > keyring`, and keep a copy: nothing else opens the vault",
        )
    })?;
    let keyring = Keyring::parse(&text).doing(|| "the key ring is not usable".to_owned())?;
    let kv = EmbeddedKv::open(&args.kv).doing(|| "can not open the KV".to_owned())?;
    let config = HubConfig::new(args.listen, args.database_url, keyring);
    let hub = Hub::start(config, Arc::new(kv)).await.map_err(|error| super::hub_failure(&error))?;
    let url = format!("http://{}", hub.local_addr());
    let signing_key = hub.signing_keys().first().map(|key| key.to_hex());
    let ready = json!({ "event": "ready", "hubUrl": url, "bootstrapToken": hub.bootstrap_token(), "signingKey": signing_key });
    output.result(&ready, || {
        let token = hub.bootstrap_token().map(|token| format!("\n  bootstrap token, works once: {token}"));
        let key = signing_key.clone().unwrap_or_default();
        format!(
            "{}\n  Hub  {url}\n  signing key for Servers: {key}{}",
            paint(GREEN, "ready"),
            token.unwrap_or_default()
        )
    });
    Signals::listen()?.stop().await;
    hub.shutdown().await;
    Ok(())
}
