//! The isolate process: users' JavaScript in QuickJS, apart from the Server, which starts, feeds and kills it.
//!
//! The Server gives a run to the process ([`protocol`]); the engine calls the handler in a realm of its own, whose memory
//! is put back to its first state afterwards; what the handler asks for (`context`, `fetch`) goes to the Server as
//! operations, and their ends come back. One thread does it all: many runs may wait at once, one is executed.
//!
//! | module | what it is |
//! |---|---|
//! | `process` | the process: its loop, and what it gives up before it reads a byte |
//! | [`protocol`], [`status`], [`clock`] | what Server and process share |
//! | `engine` | runs, realms, timers, limits; `core.js`: `context` and `StkError` |
//! | `arena` | a realm's memory: an allocator that can be put back |
//! | `compile` | sources to bytecode, which never leaves the process |
//! | `globals`, [`Host`] | the web's globals, and what they are made with |
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
