//! Logic in SQL, compiled: its statements, and how values are bound to them.

use std::sync::Arc;

use stk_contract::problem::ParamErrorCode;
use stk_contract::release::Bind;
use stk_contract::{LogicProof, LogicSpec, PgType, Returns, SqlStatement, Vary, fit};

use super::single_row::inserts_one_row;
use super::{BindFault, Surroundings};
use crate::params::value::{self, Value};
use crate::params::{self, Params, encode};
use crate::rows::RowsShape;
use crate::sql::{self, Format, SqlCall, SqlWork, Statement, Transaction};
use crate::tokens::Identity;

#[derive(Debug)]
pub(crate) struct Statements {
    alias: Arc<str>,
    statements: Box<[Compiled]>,
    transaction: Option<Transaction>,
    read_only: bool,
    shape: Arc<RowsShape>,
    rows_max: u64,
    bytes_max: u64,
}

#[derive(Debug)]
struct Compiled {
    statement: Arc<Statement>,
    binds: Box<[Source]>,
}

/// Where the value of a `$n` comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Param(usize),
    UserId,
    UserEmail,
    UserRoles,
}

impl Statements {
    pub(super) fn compile(
        sql: &[SqlStatement],
        spec: &LogicSpec,
        proof: &LogicProof,
        params: &Params,
        around: &Surroundings<'_>,
        next_statement: &mut u32,
    ) -> Result<Statements, String> {
        if sql.is_empty() || sql.len() != proof.statements.len() {
            return Err("the attestation has not its statements".to_owned());
        }
        let alias = around.alias.clone().ok_or_else(|| format!("there is no database `{}`", spec.target))?;
        let mut statements = Vec::with_capacity(sql.len());
        for (statement, proof) in sql.iter().zip(&proof.statements) {
            let text = proof.text.as_ref().unwrap_or(&statement.text);
            statements.push(Compiled {
                binds: compile_binds(statement, &proof.params, spec, params)?,
                statement: Arc::new(Statement {
                    id: *next_statement,
                    text: text.as_str().into(),
                    params: proof.params.as_slice().into(),
                    shareable: proof.shareable,
                }),
            });
            *next_statement += 1;
        }
        let is_transaction =
            statements.len() > 1 || spec.isolation.is_some() || may_be_refused(&statements[0], spec, proof);
        Ok(Statements {
            alias,
            statements: statements.into(),
            transaction: is_transaction
                .then_some(Transaction { isolation: spec.isolation, read_only: proof.read_only }),
            read_only: proof.read_only,
            shape: Arc::new(RowsShape::compile(proof.columns(), spec.returns)?),
            rows_max: around.rows_max,
            bytes_max: around.bytes_max,
        })
    }

    /// The work of one call: every value bound as the type that Postgres inferred.
    pub(crate) fn work(
        &self,
        params: &Params,
        values: &[Value<'_>],
        identity: Option<&Identity>,
        errors: &mut params::Errors,
    ) -> Result<SqlWork, BindFault> {
        let mut statements = Vec::with_capacity(self.statements.len());
        for compiled in &self.statements {
            let mut bound = sql::Params::default();
            for (source, pg) in compiled.binds.iter().zip(&compiled.statement.params) {
                match source {
                    Source::Param(index) => {
                        bind_param(params.name(*index), &values[*index], pg, &mut bound, errors)
                    }
                    source => bind_identity(*source, identity, pg, &mut bound)?,
                }
            }
            statements.push(SqlCall { statement: compiled.statement.clone(), params: bound });
        }
        if !errors.is_empty() {
            return Err(BindFault::Params);
        }
        Ok(SqlWork {
            alias: self.alias.clone(),
            statements,
            transaction: self.transaction,
            read_only: self.read_only,
            shape: self.shape.clone(),
            rows_max: self.rows_max,
            bytes_max: self.bytes_max,
        })
    }
}

/// Whether one writing statement may give more rows than it may return: then it must not commit by itself.
fn may_be_refused(first: &Compiled, spec: &LogicSpec, proof: &LogicProof) -> bool {
    !proof.read_only
        && spec.returns != Returns::None
        && !proof.columns().is_empty()
        && !inserts_one_row(&first.statement.text)
}

fn bind_param(
    name: &str,
    value: &Value<'_>,
    pg: &PgType,
    bound: &mut sql::Params,
    errors: &mut params::Errors,
) {
    if let Err(fault) = encode::bind(value, pg, bound) {
        let elements = fault.elements.iter().rev().map(|element| format!("/{element}"));
        let pointer = params::pointer(name) + &elements.collect::<String>();
        let code = if *pg == PgType::Uuid { ParamErrorCode::Format } else { ParamErrorCode::Range };
        errors.push(pointer, code, fault.detail);
    }
}

fn compile_binds(
    statement: &SqlStatement,
    types: &[PgType],
    spec: &LogicSpec,
    params: &Params,
) -> Result<Box<[Source]>, String> {
    if statement.binds.len() != types.len() {
        return Err("the attestation has not the types of its params".to_owned());
    }
    let compile = |(bind, pg): (&Bind, &PgType)| {
        let source = match bind {
            Bind::Param(name) => {
                let index = params.index(name).ok_or_else(|| format!("there is no param `{name}`"))?;
                if !fit::fits(&spec.params[index].kind, pg) {
                    return Err(format!("param `{name}` can not be bound as {pg:?}"));
                }
                Source::Param(index)
            }
            Bind::UserId => Source::UserId,
            Bind::UserEmail => Source::UserEmail,
            Bind::UserRoles => Source::UserRoles,
        };
        let is_shared = spec.cache.as_ref().is_some_and(|cache| cache.vary == Vary::Shared);
        if bind.is_identity() && is_shared {
            return Err("it reads an identity, and its answers are shared".to_owned());
        }
        if fit::identity_fits(bind, pg) {
            Ok(source)
        } else {
            Err(format!("{bind:?} can not be bound as {pg:?}"))
        }
    };
    statement.binds.iter().zip(types).map(compile).collect()
}

/// Binds what comes from the verified token only; NULL, NULL and `{}` for anonymous callers.
fn bind_identity(
    source: Source,
    identity: Option<&Identity>,
    pg: &PgType,
    bound: &mut sql::Params,
) -> Result<(), BindFault> {
    match source {
        Source::UserRoles => {
            let roles = identity.map(|identity| &*identity.roles).unwrap_or_default();
            let literal = encode::roles_literal(roles.iter().map(|role| &**role));
            bound.push(Format::Text, Some(&literal));
        }
        Source::UserEmail => {
            let email = identity.and_then(|identity| identity.email.as_deref());
            bound.push(Format::Text, email.map(str::as_bytes));
        }
        Source::UserId | Source::Param(_) => {
            let value = match identity.map(|identity| subject(&identity.id, pg)) {
                None => Value::Null,
                Some(value) => value.ok_or(BindFault::Subject)?,
            };
            encode::bind(&value, pg, bound).map_err(|_| BindFault::Subject)?;
        }
    }
    Ok(())
}

/// The user's id as the type it is bound as.
fn subject<'a>(id: &'a str, pg: &PgType) -> Option<Value<'a>> {
    match pg {
        PgType::Uuid => value::uuid(id).map(Value::Uuid),
        PgType::Int2 | PgType::Int4 | PgType::Int8 => id.parse().ok().map(Value::Int),
        _ => Some(Value::Text(id.into())),
    }
}
