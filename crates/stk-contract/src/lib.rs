//! What two processes of Santokit agree on: names, the manifest, the release, the attestation, the edge package,
//! the Hub's wire types and the error codes.
//!
//! Deliberately absent: I/O, clocks, randomness and an async runtime. Time and entropy are arguments, so that the
//! crate behaves the same in the Hub, in a native Server and compiled to wasm32.

pub mod attestation;
pub mod client_manifest;
pub mod config;
pub mod fit;
pub mod hash;
pub mod hub;
pub mod json_type;
pub mod kv_keys;
pub mod manifest;
pub mod names;
pub mod package;
pub mod problem;
pub mod release;
pub mod seal;
pub mod sign;
pub mod token;
pub mod types;
pub mod wasm;

pub use attestation::{Attestation, LogicProof, ResultColumn, StatementProof};
pub use config::Config;
pub use hash::Hash;
pub use json_type::{DeclaredType, JsonField, JsonType};
pub use manifest::{Access, CacheSpec, LogicSpec, Manifest, Param, ParamType, Returns, Vary};
pub use names::LogicPath;
pub use problem::{ErrorCode, Problem, ProblemCode};
pub use release::{Bind, Code, JsCode, Module, Release, SqlStatement};
pub use types::PgType;
