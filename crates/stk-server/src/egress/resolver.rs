//! Names to addresses that may be connected to. The client connects to what this gives, and to nothing else.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::may_connect;

pub(super) struct Resolver {
    pub(super) loopback: bool,
}

/// A name that stands for no public address.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is an address inside a private network")]
pub(super) struct PrivateAddress(pub(super) String);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let vetted: Vec<SocketAddr> =
                found.iter().copied().filter(|address| may_connect(address.ip(), loopback)).collect();
            if vetted.is_empty() && !found.is_empty() {
                return Err(PrivateAddress(name.as_str().to_owned()).into());
            }
            Ok(Box::new(vetted.into_iter()) as Addrs)
        })
    }
}
