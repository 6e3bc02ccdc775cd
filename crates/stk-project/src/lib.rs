//! A map of path to bytes in; a checked project and all diagnostics out. Also what is written from it: the `.d.ts`
//! and the OpenAPI text of callable logic, and the JSON Schemas that editors check the user's YAML with.
//!
//! Deliberately absent: the file system, the network, clocks, a database. What only Postgres can say (types of
//! params and columns, unknown tables, whether a statement writes) the Hub asks it with the statements made here.
//!
//! Nothing here fails: [`check`] always gives a project, whole where there is no error among the diagnostics.

mod check;
mod code;
mod config;
mod credentials;
mod declarations;
mod findings;
mod handler_types;
mod header;
mod js;
mod logic;
mod openapi;
mod project;
mod schemas;
mod shape;
mod sql;
mod text;
mod units;
mod wasm;
mod yaml;

pub use check::{Files, check};
pub use code::Code;
pub use declarations::declarations;
pub use handler_types::handler_types;
pub use openapi::openapi;
pub use project::{
    CompiledStatement, ConstantQuery, Engine, LogicFile, ModuleFile, Place, Positions, Project, SchemaFile,
};
pub use schemas::json_schemas;
pub use text::{Position, SourceText};
