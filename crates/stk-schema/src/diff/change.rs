//! The closed set of changes. What becomes of each is decided in `plan`, by matching on all of them.

use crate::diagnostic::Origin;
use crate::model::{
    Check, Column, Composite, Domain, Enum, Exclusion, Extension, ForeignKey, Function, Index, Key,
    PartitionTable, Permission, Policy, RowSecurity, Schema, Sequence, Table, Trigger, View,
};

/// An object in a schema, and where the HCL speaks of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub schema: &'a str,
    /// Of a function its signature.
    pub name: &'a str,
    pub origin: &'a Origin,
}

impl Place<'_> {
    /// `public.users`
    pub fn path(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// `public.users.email`
    pub fn inside(&self, name: &str) -> String {
        format!("{}.{}.{name}", self.schema, self.name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Primary,
    Unique,
}

impl KeyKind {
    pub fn as_sql(self) -> &'static str {
        match self {
            KeyKind::Primary => "PRIMARY KEY",
            KeyKind::Unique => "UNIQUE",
        }
    }

    pub fn in_words(self) -> &'static str {
        match self {
            KeyKind::Primary => "primary key",
            KeyKind::Unique => "unique constraint",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Change<'a> {
    CreateSchema {
        name: &'a str,
        schema: &'a Schema,
    },
    CreateExtension {
        name: &'a str,
        extension: &'a Extension,
    },
    AlterExtension {
        name: &'a str,
        before: &'a Extension,
        after: &'a Extension,
    },
    DropExtension {
        name: &'a str,
    },

    CreateEnum {
        place: Place<'a>,
        definition: &'a Enum,
    },
    AlterEnum {
        place: Place<'a>,
        before: &'a Enum,
        after: &'a Enum,
    },
    DropEnum {
        place: Place<'a>,
    },
    CreateDomain {
        place: Place<'a>,
        domain: &'a Domain,
    },
    AlterDomain {
        place: Place<'a>,
        before: &'a Domain,
        after: &'a Domain,
    },
    DropDomain {
        place: Place<'a>,
    },
    CreateComposite {
        place: Place<'a>,
        composite: &'a Composite,
    },
    AlterComposite {
        place: Place<'a>,
        before: &'a Composite,
        after: &'a Composite,
    },
    DropComposite {
        place: Place<'a>,
    },
    CreateSequence {
        place: Place<'a>,
        sequence: &'a Sequence,
    },
    AlterSequence {
        place: Place<'a>,
        before: &'a Sequence,
        after: &'a Sequence,
    },
    DropSequence {
        place: Place<'a>,
    },
    CreateFunction {
        place: Place<'a>,
        function: &'a Function,
    },
    AlterFunction {
        place: Place<'a>,
        before: &'a Function,
        after: &'a Function,
    },
    DropFunction {
        place: Place<'a>,
    },
    CreateView {
        place: Place<'a>,
        view: &'a View,
    },
    AlterView {
        place: Place<'a>,
        before: &'a View,
        after: &'a View,
    },
    DropView {
        place: Place<'a>,
        view: &'a View,
    },

    /// With its columns, keys and checks; all else it has are changes of their own.
    CreateTable {
        place: Place<'a>,
        table: &'a Table,
    },
    DropTable {
        place: Place<'a>,
        table: &'a Table,
    },
    AlterPartitionKey {
        place: Place<'a>,
    },
    SetLogged {
        place: Place<'a>,
        logged: bool,
    },
    SetStorage {
        place: Place<'a>,
        before: Storage<'a>,
        after: Storage<'a>,
    },
    SetRowSecurity {
        place: Place<'a>,
        before: RowSecurity,
        after: RowSecurity,
    },

    CreatePartition {
        place: Place<'a>,
        partition: &'a PartitionTable,
    },
    /// A table that becomes a partition.
    AttachPartition {
        place: Place<'a>,
        partition: &'a PartitionTable,
    },
    /// A partition that becomes a table of its own.
    DetachPartition {
        place: Place<'a>,
        partition: &'a PartitionTable,
    },
    AlterPartition {
        place: Place<'a>,
        before: &'a PartitionTable,
        after: &'a PartitionTable,
    },
    DropPartition {
        place: Place<'a>,
        partition: &'a PartitionTable,
    },

    AddColumn {
        place: Place<'a>,
        name: &'a str,
        column: &'a Column,
    },
    AlterColumn {
        place: Place<'a>,
        name: &'a str,
        before: &'a Column,
        after: &'a Column,
    },
    DropColumn {
        place: Place<'a>,
        name: &'a str,
        column: &'a Column,
    },
    AddKey {
        place: Place<'a>,
        kind: KeyKind,
        key: &'a Key,
    },
    AlterKey {
        place: Place<'a>,
        kind: KeyKind,
        before: &'a Key,
        after: &'a Key,
    },
    DropKey {
        place: Place<'a>,
        kind: KeyKind,
        key: &'a Key,
    },
    AddIndex {
        place: Place<'a>,
        name: &'a str,
        index: &'a Index,
    },
    AlterIndex {
        place: Place<'a>,
        name: &'a str,
        before: &'a Index,
        after: &'a Index,
    },
    DropIndex {
        place: Place<'a>,
        name: &'a str,
        index: &'a Index,
    },
    AddForeignKey {
        place: Place<'a>,
        name: &'a str,
        key: &'a ForeignKey,
    },
    AlterForeignKey {
        place: Place<'a>,
        name: &'a str,
        before: &'a ForeignKey,
        after: &'a ForeignKey,
    },
    DropForeignKey {
        place: Place<'a>,
        name: &'a str,
    },
    AddCheck {
        place: Place<'a>,
        check: &'a Check,
    },
    AlterCheck {
        place: Place<'a>,
        name: &'a str,
        before: &'a Check,
        after: &'a Check,
    },
    DropCheck {
        place: Place<'a>,
        name: &'a str,
    },
    AddExclusion {
        place: Place<'a>,
        name: &'a str,
        exclusion: &'a Exclusion,
    },
    AlterExclusion {
        place: Place<'a>,
        name: &'a str,
        after: &'a Exclusion,
    },
    DropExclusion {
        place: Place<'a>,
        name: &'a str,
    },
    AddTrigger {
        place: Place<'a>,
        name: &'a str,
        trigger: &'a Trigger,
    },
    AlterTrigger {
        place: Place<'a>,
        name: &'a str,
        before: &'a Trigger,
        after: &'a Trigger,
    },
    DropTrigger {
        place: Place<'a>,
        name: &'a str,
    },
    AddPolicy {
        place: Place<'a>,
        name: &'a str,
        policy: &'a Policy,
    },
    AlterPolicy {
        place: Place<'a>,
        name: &'a str,
        before: &'a Policy,
        after: &'a Policy,
    },
    DropPolicy {
        place: Place<'a>,
        name: &'a str,
    },

    Grant {
        permission: Permission,
    },
    /// `on_new`: of what Postgres grants by itself on an object that the plan makes.
    Revoke {
        permission: Permission,
        option_only: bool,
        on_new: bool,
    },
    SetComment {
        on: CommentOn<'a>,
        comment: Option<&'a str>,
    },
}

/// Storage parameters by name.
pub(crate) type Storage<'a> = &'a indexmap::IndexMap<String, String>;

/// What a comment stands on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CommentOn<'a> {
    Schema(&'a str),
    Extension(&'a str),
    /// An enum, domain or composite.
    Type(Place<'a>),
    Sequence(Place<'a>),
    Function(Place<'a>),
    /// A table or partition.
    Table(Place<'a>),
    View(Place<'a>, &'a View),
    /// Of a table, view or composite.
    Column(Place<'a>, &'a str),
    /// In the schema of the table.
    Index(Place<'a>, &'a str),
    Constraint(Place<'a>, &'a str),
    DomainConstraint(Place<'a>, &'a str),
    Trigger(Place<'a>, &'a str),
    Policy(Place<'a>, &'a str),
}
