//! The native data plane: takes releases from the edge KV and answers calls.
//!
//! The path of a request: [`http`] reads it, `calls` drives the runtime, whose effects are done by `cache`, [`sql`],
//! [`engines`] and `jwks`. What logic in an engine asks for goes the same way; [`egress`] and [`storage`] are its roads
//! out. Beside it, `hosted` follows the KV and switches what serves, whole and in one go.
//!
//! Deliberately absent: any talk with the Hub, writing to a project's schema, and the meaning of a call (which logic,
//! whose token, which params, what shape), which is `stk-runtime`'s, so that every host agrees on it.

mod cache;
mod calls;
mod config;
mod egress;
mod engines;
mod hosted;
mod http;
mod jwks;
mod metrics;
mod packages;
mod purges;
mod server;
mod serving;
mod sql;
mod state;
mod storage;

pub use config::{DeploymentConfig, DeploymentId, ServerConfig};
pub use hosted::{DeploymentStatus, Live};
pub use server::{Server, StartError};
pub use storage::{EmbeddedBuckets, EmbeddedStorage};
