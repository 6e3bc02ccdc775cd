//! Row level security and privileges.

use crate::diagnostic::Origin;

/// `ROW LEVEL SECURITY` of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowSecurity {
    pub enabled: bool,
    /// `FORCE`: for the owner too.
    pub enforced: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    pub command: PolicyCommand,
    /// `AS RESTRICTIVE`; otherwise permissive.
    pub restrictive: bool,
    /// Sorted; `public` for everyone.
    pub roles: Vec<String>,
    /// An SQL expression.
    pub using: Option<String>,
    /// An SQL expression.
    pub check: Option<String>,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PolicyCommand {
    #[default]
    All,
    Select,
    Insert,
    Update,
    Delete,
}

impl PolicyCommand {
    pub const WORDS: [&'static str; 5] = ["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"];

    pub fn parse(word: &str) -> Option<PolicyCommand> {
        Some(match word.to_ascii_uppercase().as_str() {
            "ALL" => PolicyCommand::All,
            "SELECT" => PolicyCommand::Select,
            "INSERT" => PolicyCommand::Insert,
            "UPDATE" => PolicyCommand::Update,
            "DELETE" => PolicyCommand::Delete,
            _ => return None,
        })
    }

    pub fn as_sql(self) -> &'static str {
        match self {
            PolicyCommand::All => "ALL",
            PolicyCommand::Select => "SELECT",
            PolicyCommand::Insert => "INSERT",
            PolicyCommand::Update => "UPDATE",
            PolicyCommand::Delete => "DELETE",
        }
    }
}

/// What a role that is not the owner may do with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    pub on: PermissionTarget,
    /// A role; `public` for everyone.
    pub to: String,
    /// Sorted, each once; empty says that the object's privileges are managed and this grants none.
    pub privileges: Vec<Privilege>,
    /// `WITH GRANT OPTION`
    pub grantable: bool,
    pub origin: Origin,
}

impl Permission {
    /// What makes it one entry of a normal model.
    pub fn key(&self) -> (&PermissionTarget, &str, bool) {
        (&self.on, &self.to, self.grantable)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PermissionTarget {
    Schema(String),
    /// Schema and name of a table, partition, view or materialized view.
    Table(String, String),
    /// Schema, table and column.
    Column(String, String, String),
    Sequence(String, String),
    /// Schema and signature of a function or procedure.
    Function(String, String),
    /// An enum, domain or composite.
    Type(String, String),
}

impl PermissionTarget {
    /// What Postgres can grant on it. `MAINTAIN`, which came with version 17, has to be named.
    pub fn privileges(&self) -> &'static [Privilege] {
        use Privilege::*;
        match self {
            PermissionTarget::Schema(_) => &[Usage, Create],
            PermissionTarget::Table(..) => &[Select, Insert, Update, Delete, Truncate, References, Trigger],
            PermissionTarget::Column(..) => &[Select, Insert, Update, References],
            PermissionTarget::Sequence(..) => &[Select, Update, Usage],
            PermissionTarget::Function(..) => &[Execute],
            PermissionTarget::Type(..) => &[Usage],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    References,
    Trigger,
    Maintain,
    Usage,
    Create,
    Execute,
}

impl Privilege {
    pub const ALL: [Privilege; 11] = [
        Privilege::Select,
        Privilege::Insert,
        Privilege::Update,
        Privilege::Delete,
        Privilege::Truncate,
        Privilege::References,
        Privilege::Trigger,
        Privilege::Maintain,
        Privilege::Usage,
        Privilege::Create,
        Privilege::Execute,
    ];

    pub fn parse(word: &str) -> Option<Privilege> {
        Privilege::ALL.into_iter().find(|privilege| privilege.as_sql() == word.to_ascii_uppercase())
    }

    pub fn as_sql(self) -> &'static str {
        match self {
            Privilege::Select => "SELECT",
            Privilege::Insert => "INSERT",
            Privilege::Update => "UPDATE",
            Privilege::Delete => "DELETE",
            Privilege::Truncate => "TRUNCATE",
            Privilege::References => "REFERENCES",
            Privilege::Trigger => "TRIGGER",
            Privilege::Maintain => "MAINTAIN",
            Privilege::Usage => "USAGE",
            Privilege::Create => "CREATE",
            Privilege::Execute => "EXECUTE",
        }
    }
}
