//! What every request and every task of a running Hub shares.

use std::sync::Arc;
use std::time::Duration;

use stk_contract::sign::{SigningKey, VerifyingKey};
use stk_kv::Kv;
use tokio::sync::broadcast;

use crate::databases::Databases;
use crate::hub::EnvironmentId;
use crate::store::Store;
use crate::vault::Vault;

pub struct State {
    pub store: Store,
    pub vault: Vault,
    pub kv: Arc<dyn Kv>,
    pub databases: Databases,
    /// Signs pointers; the newest of the store.
    pub signing_key: SigningKey,
    /// Newest first: what Servers pin.
    pub verifying_keys: Vec<VerifyingKey>,
    pub package_ttl: Duration,
    /// Told of every environment created by this Hub.
    pub created: broadcast::Sender<EnvironmentId>,
}
