//! The isolate process: users' JavaScript in QuickJS, apart from the Server, which starts, feeds and kills it.
//!
//! Deliberately absent: network, files, environment, secrets that a call did not declare. All it can reach is what it
//! asks the Server for over one socket.

mod arena;
pub mod clock;
mod compile;
mod engine;
mod globals;
mod host;
mod process;
pub mod protocol;
pub mod status;

pub use engine::{Engine, Outbox};
pub use host::Host;
pub use process::{ARGUMENT, is_requested, main};
