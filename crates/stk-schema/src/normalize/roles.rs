//! Whether the roles that policies and permissions name are there. Roles belong to the server, not to a schema.

use std::collections::HashSet;

use tokio_postgres::Transaction;

use crate::diagnostic::{Diagnostic, Origin, code};
use crate::model::Model;
use crate::plan::PlanError;
use crate::postgres::failed;

pub(super) async fn check(transaction: &Transaction<'_>, declared: &Model) -> Result<(), PlanError> {
    let named: Vec<(&str, &Origin)> = named(declared).filter(|(name, _)| *name != "public").collect();
    if named.is_empty() {
        return Ok(());
    }
    let doing = failed("look for the roles that the schema names");
    let sql = "SELECT rolname::text FROM pg_roles";
    let rows = transaction.query_typed(sql, &[]).await.map_err(&doing)?;
    let known: HashSet<String> =
        rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(&doing)?;
    let missing = named.into_iter().filter(|(name, _)| !known.contains(*name)).map(|(name, origin)| {
        let message = format!("there is no role `{name}` on the server");
        Diagnostic::at(code::UNKNOWN_REFERENCE, origin, message)
            .nearest(name, known.iter().map(String::as_str))
    });
    let missing: Vec<Diagnostic> = missing.collect();
    if missing.is_empty() { Ok(()) } else { Err(PlanError::Diagnostics(missing)) }
}

fn named(declared: &Model) -> impl Iterator<Item = (&str, &Origin)> {
    let tables = declared.schemas.values().flat_map(|schema| schema.tables.values());
    let policies = tables.flat_map(|table| table.policies.values());
    let of_policies =
        policies.flat_map(|policy| policy.roles.iter().map(|role| (role.as_str(), &policy.origin)));
    let of_permissions =
        declared.permissions.iter().map(|permission| (permission.to.as_str(), &permission.origin));
    of_policies.chain(of_permissions)
}
