//! The statement of a rename, and whom it may break.

use super::hazard::{Hazard, HazardCode};
use super::planner::{NORMAL, hazard};
use crate::diff::{Rename, Renamed};
use crate::model::quote;

/// The SQL, and what is renamed in words.
pub(super) fn statement(rename: &Rename) -> (String, String) {
    let Rename { what, schema, within, from, to, .. } = rename;
    let own = NORMAL.qualified(schema, from);
    let inside = NORMAL.qualified(schema, within);
    let (from_sql, to_sql) = (quote(from), quote(to));
    let sql = match what {
        Renamed::Schema => format!("ALTER SCHEMA {from_sql} RENAME TO {to_sql}"),
        Renamed::Type => format!("ALTER TYPE {own} RENAME TO {to_sql}"),
        Renamed::Sequence => format!("ALTER SEQUENCE {own} RENAME TO {to_sql}"),
        Renamed::Function => format!("ALTER ROUTINE {} RENAME TO {to_sql}", NORMAL.routine(schema, from)),
        Renamed::Table => format!("ALTER TABLE {own} RENAME TO {to_sql}"),
        Renamed::View => format!("ALTER VIEW {own} RENAME TO {to_sql}"),
        Renamed::MaterializedView => format!("ALTER MATERIALIZED VIEW {own} RENAME TO {to_sql}"),
        Renamed::Column => format!("ALTER TABLE {inside} RENAME COLUMN {from_sql} TO {to_sql}"),
        Renamed::Field => format!("ALTER TYPE {inside} RENAME ATTRIBUTE {from_sql} TO {to_sql}"),
        Renamed::Index => format!("ALTER INDEX {own} RENAME TO {to_sql}"),
        Renamed::Constraint => format!("ALTER TABLE {inside} RENAME CONSTRAINT {from_sql} TO {to_sql}"),
        Renamed::DomainConstraint => {
            format!("ALTER DOMAIN {inside} RENAME CONSTRAINT {from_sql} TO {to_sql}")
        }
        Renamed::Trigger => format!("ALTER TRIGGER {from_sql} ON {inside} RENAME TO {to_sql}"),
        Renamed::Policy => format!("ALTER POLICY {from_sql} ON {inside} RENAME TO {to_sql}"),
    };
    (sql, subject(rename))
}

fn subject(rename: &Rename) -> String {
    let Rename { what, schema, within, from, .. } = rename;
    let word = match what {
        Renamed::Schema => return format!("schema {from}"),
        Renamed::Type => "type",
        Renamed::Sequence => "sequence",
        Renamed::Function => "function",
        Renamed::Table => "table",
        Renamed::View => "view",
        Renamed::MaterializedView => "materialized view",
        Renamed::Column => "column",
        Renamed::Field => "field",
        Renamed::Index => "index",
        Renamed::Constraint | Renamed::DomainConstraint => "constraint",
        Renamed::Trigger => "trigger",
        Renamed::Policy => "policy",
    };
    let within = if within.is_empty() { String::new() } else { format!("{within}.") };
    format!("{word} {schema}.{within}{from}")
}

/// Names that statements use; those of indexes and constraints are nobody's business.
pub(super) fn hazard_of(rename: &Rename) -> Option<Hazard> {
    let code = match rename.what {
        Renamed::Table => HazardCode::RenameTable,
        Renamed::Column | Renamed::Field => HazardCode::RenameColumn,
        Renamed::Schema
        | Renamed::Type
        | Renamed::Sequence
        | Renamed::Function
        | Renamed::View
        | Renamed::MaterializedView => HazardCode::RenameObject,
        Renamed::Index
        | Renamed::Constraint
        | Renamed::DomainConstraint
        | Renamed::Trigger
        | Renamed::Policy => {
            return None;
        }
    };
    let message = format!("statements that use the old name of {} fail from then on", subject(rename));
    Some(hazard(code, subject(rename), message))
}
