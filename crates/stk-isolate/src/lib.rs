//! The isolate process: users' JavaScript in QuickJS, apart from the Server, which starts, feeds and kills it.
//!
//! Deliberately absent: network, files, environment, secrets that a call did not declare. All it can reach is what it
//! asks the Server for over one socket.

mod compile;
mod globals;
mod host;

pub use host::Host;
