//! What a Hub is started with. The binary reads it from its arguments and environment; the Hub reads neither.

use std::net::SocketAddr;
use std::time::Duration;

use crate::vault::Keyring;

#[derive(Clone)]
pub struct HubConfig {
    /// Port 0: any free one; see [`crate::Hub::local_addr`].
    pub listen: SocketAddr,
    /// The Hub's own database; no user's tables are in it.
    pub database_url: String,
    pub keyring: Keyring,
    /// How long a pointer is good for; it is signed again when half of it has passed.
    pub package_ttl: Duration,
    /// How often the KV is compared with the store.
    pub reconcile_every: Duration,
}

impl HubConfig {
    /// With the usual times: packages good for a week, compared every minute.
    pub fn new(listen: SocketAddr, database_url: String, keyring: Keyring) -> HubConfig {
        HubConfig {
            listen,
            database_url,
            keyring,
            package_ttl: Duration::from_secs(7 * 24 * 60 * 60),
            reconcile_every: Duration::from_secs(60),
        }
    }
}

impl std::fmt::Debug for HubConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("HubConfig")
            .field("listen", &self.listen)
            .field("package_ttl", &self.package_ttl)
            .field("reconcile_every", &self.reconcile_every)
            .finish_non_exhaustive()
    }
}
