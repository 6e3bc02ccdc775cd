//! The schema engine: from Atlas HCL and a live database to the steps that make one into the other.
//!
//! - [`parse`] makes a [`Model`] of HCL text, with every [`Diagnostic`] at its line. It does no I/O.
//! - [`inspect`] makes a [`Model`] of a database's catalog.
//! - [`plan()`] compares the two and gives a [`Plan`] of ordered SQL steps, bound to the catalog's [`fingerprint`].
//! - [`apply()`] runs exactly that plan, and refuses if the database is no longer the one that was planned for.
//! - [`Rehearsal`] runs a plan on an empty copy of what it touches first, and wants nothing left to do afterwards.
//! - The ledger ([`history()`], [`unfinished()`]) stands in the database itself: after a kill at any point the same plan
//!   goes on.
//!
//! [`statement`] is the crate's other half: what Postgres says of a single SQL statement.

mod apply;
mod compare;
mod diagnostic;
mod diff;
mod fingerprint;
mod hcl;
mod inspect;
mod ledger;
mod model;
mod normalize;
mod plan;
mod postgres;
mod rehearsal;
mod snapshot;
pub mod statement;
mod write;

pub use apply::{Applied, Apply, ApplyError, ApplyOptions, Blocker, Event, Holder, apply};
pub use compare::{Side, compare};
pub use diagnostic::{Diagnostic, Origin, Position, code};
pub use fingerprint::fingerprint;
pub use hcl::parse;
pub use inspect::inspect;
pub use ledger::{ApplyState, LedgerEntry, LedgerStep, StepState, Unfinished, history, unfinished};
pub use model::{
    Argument, ArgumentMode, Body, Bound, Check, CheckOption, Column, Composite, DataType, Deferrable,
    Dependency, Domain, Enum, Exclusion, ExclusionPart, Extension, Field, ForeignKey, Function, Identity,
    Index, IndexMethod, IndexPart, Key, Model, Object, ObjectKind, Parallel, Partition, PartitionKey,
    PartitionStrategy, PartitionTable, Permission, PermissionTarget, Policy, PolicyCommand, Privilege,
    ReferenceAction, Returns, RoutineKind, RowSecurity, Schema, Sequence, SerialSize, Table, Term, Trigger,
    TriggerEnabled, TriggerEvents, TriggerTiming, Unmanaged, View, ViewColumn, Volatility,
};
pub use plan::{
    Backfill, Effort, Hazard, HazardClass, HazardCode, Leftover, Lock, LockLevel, Plan, PlanError, Probe,
    Step, UnknownHazard, plan,
};
pub use postgres::DatabaseError;
pub use rehearsal::{
    BrokenStatement, Connect, Connecting, Rehearsal, RehearsalError, Rehearsed, ScratchDatabase,
};
pub use snapshot::{Snapshot, snapshot};
pub use write::to_hcl;
