//! Functions, procedures and triggers.

use indexmap::IndexMap;

use super::{DataType, Deferrable};
use crate::diagnostic::Origin;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub kind: RoutineKind,
    pub arguments: Vec<Argument>,
    pub returns: Returns,
    /// As the catalog has it: `sql`, `plpgsql`.
    pub language: String,
    pub body: Body,
    pub volatility: Volatility,
    /// `STRICT`: null for a null argument.
    pub strict: bool,
    pub leakproof: bool,
    pub security_definer: bool,
    pub parallel: Parallel,
    /// `None` is the default: 1 for `c` and `internal`, else 100.
    pub cost: Option<String>,
    /// `None` is the default of 1000 for a function that returns a set.
    pub rows: Option<String>,
    pub window: bool,
    /// `SET name = value` for the time of a call.
    pub settings: IndexMap<String, String>,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RoutineKind {
    #[default]
    Function,
    Procedure,
}

impl RoutineKind {
    pub fn as_sql(self) -> &'static str {
        match self {
            RoutineKind::Function => "FUNCTION",
            RoutineKind::Procedure => "PROCEDURE",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    pub name: Option<String>,
    pub mode: ArgumentMode,
    pub data_type: DataType,
    /// An SQL expression.
    pub default: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ArgumentMode {
    #[default]
    In,
    Out,
    InOut,
    Variadic,
}

impl ArgumentMode {
    pub const WORDS: [&'static str; 4] = ["IN", "OUT", "INOUT", "VARIADIC"];

    pub fn parse(word: &str) -> Option<ArgumentMode> {
        Some(match word.to_ascii_uppercase().as_str() {
            "IN" => ArgumentMode::In,
            "OUT" => ArgumentMode::Out,
            "INOUT" => ArgumentMode::InOut,
            "VARIADIC" => ArgumentMode::Variadic,
            _ => return None,
        })
    }

    pub fn as_sql(self) -> &'static str {
        match self {
            ArgumentMode::In => "IN",
            ArgumentMode::Out => "OUT",
            ArgumentMode::InOut => "INOUT",
            ArgumentMode::Variadic => "VARIADIC",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returns {
    /// Said by the `OUT` arguments, or nothing, as of a procedure.
    Nothing,
    Type(DataType),
    /// `SETOF`
    Set(DataType),
    Table(IndexMap<String, DataType>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The text of a string: anything to the language.
    Text(String),
    /// SQL that Postgres has parsed: `RETURN …` or `BEGIN ATOMIC … END`.
    Sql(String),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Volatility {
    #[default]
    Volatile,
    Stable,
    Immutable,
}

impl Volatility {
    pub const WORDS: [&'static str; 3] = ["VOLATILE", "STABLE", "IMMUTABLE"];

    pub fn parse(word: &str) -> Option<Volatility> {
        Some(match word.to_ascii_uppercase().as_str() {
            "VOLATILE" => Volatility::Volatile,
            "STABLE" => Volatility::Stable,
            "IMMUTABLE" => Volatility::Immutable,
            _ => return None,
        })
    }

    pub fn as_sql(self) -> &'static str {
        match self {
            Volatility::Volatile => "VOLATILE",
            Volatility::Stable => "STABLE",
            Volatility::Immutable => "IMMUTABLE",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Parallel {
    #[default]
    Unsafe,
    Restricted,
    Safe,
}

impl Parallel {
    pub const WORDS: [&'static str; 3] = ["UNSAFE", "RESTRICTED", "SAFE"];

    pub fn parse(word: &str) -> Option<Parallel> {
        Some(match word.to_ascii_uppercase().as_str() {
            "UNSAFE" => Parallel::Unsafe,
            "RESTRICTED" => Parallel::Restricted,
            "SAFE" => Parallel::Safe,
            _ => return None,
        })
    }

    pub fn as_sql(self) -> &'static str {
        match self {
            Parallel::Unsafe => "UNSAFE",
            Parallel::Restricted => "RESTRICTED",
            Parallel::Safe => "SAFE",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    pub timing: TriggerTiming,
    pub events: TriggerEvents,
    /// `FOR EACH ROW`; otherwise for each statement.
    pub each_row: bool,
    /// An SQL expression.
    pub when: Option<String>,
    /// Schema and name; in a declared model the schema may be empty, for Postgres to find.
    pub function: (String, String),
    pub arguments: Vec<String>,
    /// `CONSTRAINT TRIGGER`, and when it is checked.
    pub constraint: Option<Deferrable>,
    /// `REFERENCING OLD TABLE AS`
    pub old_table: Option<String>,
    /// `REFERENCING NEW TABLE AS`
    pub new_table: Option<String>,
    pub enabled: TriggerEnabled,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerTiming {
    Before,
    After,
    InsteadOf,
}

impl TriggerTiming {
    pub fn as_sql(self) -> &'static str {
        match self {
            TriggerTiming::Before => "BEFORE",
            TriggerTiming::After => "AFTER",
            TriggerTiming::InsteadOf => "INSTEAD OF",
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TriggerEvents {
    pub insert: bool,
    pub update: bool,
    /// With `update`: only of these columns; empty for any.
    pub update_of: Vec<String>,
    pub delete: bool,
    pub truncate: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TriggerEnabled {
    /// In normal sessions, not where replication applies changes.
    #[default]
    Origin,
    Disabled,
    Replica,
    Always,
}

impl TriggerEnabled {
    pub const WORDS: [&'static str; 4] = ["ORIGIN", "DISABLED", "REPLICA", "ALWAYS"];

    pub fn parse(word: &str) -> Option<TriggerEnabled> {
        Some(match word.to_ascii_uppercase().as_str() {
            "ORIGIN" => TriggerEnabled::Origin,
            "DISABLED" => TriggerEnabled::Disabled,
            "REPLICA" => TriggerEnabled::Replica,
            "ALWAYS" => TriggerEnabled::Always,
            _ => return None,
        })
    }

    /// The `ALTER TABLE` action that sets it, before `TRIGGER name`.
    pub fn as_sql(self) -> &'static str {
        match self {
            TriggerEnabled::Origin => "ENABLE",
            TriggerEnabled::Disabled => "DISABLE",
            TriggerEnabled::Replica => "ENABLE REPLICA",
            TriggerEnabled::Always => "ENABLE ALWAYS",
        }
    }
}
