//! The closed set of changes. What can be planned is decided in `plan`, by matching on all of them.

use crate::diagnostic::Origin;
use crate::model::{Check, Column, Enum, ForeignKey, Index, Key, Schema, Table};

/// A table or enum, and where the HCL speaks of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub schema: &'a str,
    pub name: &'a str,
    pub origin: &'a Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Primary,
    Unique,
}

#[derive(Debug)]
pub(crate) enum Change<'a> {
    CreateSchema {
        name: &'a str,
        schema: &'a Schema,
    },
    CreateEnum {
        place: Place<'a>,
        definition: &'a Enum,
    },
    /// With its columns, keys and checks; its indexes and foreign keys are changes of their own.
    CreateTable {
        place: Place<'a>,
        table: &'a Table,
    },
    AddColumn {
        place: Place<'a>,
        name: &'a str,
        column: &'a Column,
    },
    AddKey {
        place: Place<'a>,
        kind: KeyKind,
        key: &'a Key,
    },
    AddIndex {
        place: Place<'a>,
        name: &'a str,
        index: &'a Index,
        on_new_table: bool,
    },
    /// A leftover of `CREATE INDEX CONCURRENTLY`, which [`Change::AddIndex`] then builds again.
    DropInvalidIndex {
        place: Place<'a>,
        name: &'a str,
    },
    AddForeignKey {
        place: Place<'a>,
        name: &'a str,
        key: &'a ForeignKey,
    },
    AddCheck {
        place: Place<'a>,
        check: &'a Check,
    },
    SetComment {
        on: CommentOn<'a>,
        comment: Option<&'a str>,
    },

    DropEnum {
        place: Place<'a>,
    },
    AlterEnum {
        place: Place<'a>,
        before: &'a [String],
        after: &'a [String],
    },
    DropTable {
        place: Place<'a>,
    },
    DropColumn {
        place: Place<'a>,
        name: &'a str,
    },
    AlterColumn {
        place: Place<'a>,
        name: &'a str,
        before: &'a Column,
        after: &'a Column,
    },
    AlterPartition {
        place: Place<'a>,
    },
    DropIndex {
        place: Place<'a>,
        name: &'a str,
    },
    AlterIndex {
        place: Place<'a>,
        name: &'a str,
        before: &'a Index,
        after: &'a Index,
    },
    /// A key, foreign key, check or exclusion; `kind` in words.
    DropConstraint {
        place: Place<'a>,
        kind: &'static str,
        name: &'a str,
    },
    AlterConstraint {
        place: Place<'a>,
        kind: &'static str,
        name: &'a str,
        origin: &'a Origin,
        beyond: &'a [String],
    },
}

/// What a comment stands on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CommentOn<'a> {
    Schema(&'a str),
    Enum(Place<'a>),
    Table(Place<'a>),
    Column(Place<'a>, &'a str),
    /// In the schema of the table.
    Index(Place<'a>, &'a str),
    Constraint(Place<'a>, &'a str),
}
