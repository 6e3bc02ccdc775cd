//! The Hub: Santokit's control plane. It keeps immutable releases, the vault and the audit log, changes schemas, checks
//! every release against the live database, and writes edge packages to the KV.
//!
//! [`Hub::start`] runs one; everything else goes through the REST API under `/api/v1`, whose wire types are
//! [`stk_contract::hub`] and whose OpenAPI 3.1 is at `/api/v1/openapi.json`. Several Hubs may share one database.
//!
//! # Reading order
//!
//! `api` (one file a verb) → `apply` (files in, one checked release out) → `provision` (what the KV holds) →
//! `store` (who wins a race) and `vault` (what is sealed how).
//!
//! # Adding an endpoint
//!
//! 1. Its wire types go into `stk_contract::hub`.
//! 2. Its handler goes into `api/<resource>/<verb>.rs`, with a `#[utoipa::path]`.
//! 3. Its line goes into the table in `api/routes.rs`: method, path, who may. What is not in the table is denied.
//! 4. Its test goes into `tests/it/`, in the file named after the resource.
//!
//! # Deliberately absent
//!
//! The Hub never runs users' logic, and is never on the path of an end user's request.

mod api;
mod apply;
mod bootstrap;
mod causes;
mod config;
mod databases;
mod failpoint;
mod hub;
mod postgres;
mod provision;
mod schema;
mod state;
mod store;
mod vault;

pub use config::HubConfig;
pub use failpoint::FAILPOINTS;
pub use hub::{EnvironmentId, Hub, HubError, StartError};
pub use store::audit::Chain as AuditChain;
pub use vault::{Keyring, KeyringError};
