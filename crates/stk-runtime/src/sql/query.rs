//! Queries of `db.query`: text and values that the logic gives while it runs.

use std::sync::Arc;

use stk_contract::{PgType, ResultColumn, Returns, StatementProof, fit};

use super::{Params, SqlCall, SqlFault, SqlWork, Statement};
use crate::params::untyped;
use crate::rows::{RowsShape, Writer};

/// Values that one statement can have: Postgres counts them in 16 bits.
const VALUES_MAX: usize = u16::MAX as usize;

/// One statement that was not known at deploy. The host prepares it, says with [`Described`] what Postgres told, takes
/// the values from [`QueryWork::bind`], and pushes the rows into [`QueryWork::writer`].
#[derive(Debug)]
pub struct QueryWork {
    pub place: QueryPlace,
    pub text: Arc<str>,
    /// Each as checked JSON.
    pub(crate) values: Vec<Box<str>>,
    pub(crate) rows_max: u64,
    pub(crate) bytes_max: u64,
}

/// Where a query runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryPlace {
    /// On a connection of its own to this database; it commits by itself.
    Database(Arc<str>),
    /// In a transaction that the run has begun.
    Transaction(u32),
}

/// What Postgres says of a prepared statement, compiled: hosts keep it beside the statement.
#[derive(Debug)]
pub struct Described {
    params: Box<[PgType]>,
    shape: Arc<RowsShape>,
}

impl Described {
    /// `columns`: names and types, in order. Refuses results that have no JSON.
    pub fn new(params: Vec<PgType>, columns: Vec<(String, PgType)>) -> Result<Described, SqlFault> {
        for (index, (name, pg_type)) in columns.iter().enumerate() {
            if columns[..index].iter().any(|(before, _)| before == name) {
                let reason = format!("two columns are named `{name}`; hint: name them apart with `as`");
                return Err(SqlFault::Refused(reason));
            }
            if !fit::has_binary_form(pg_type) {
                let reason = format!("column `{name}` has no JSON form; hint: cast it, as in `{name}::text`");
                return Err(SqlFault::Refused(reason));
            }
        }
        let column = |(name, pg_type)| ResultColumn { name, pg_type, nullable: true, ts_type: None };
        let columns: Vec<ResultColumn> = columns.into_iter().map(column).collect();
        let shape = RowsShape::compile(&columns, Returns::Many).map_err(SqlFault::Refused)?;
        Ok(Described { params: params.into(), shape: Arc::new(shape) })
    }
}

impl QueryWork {
    /// Values as Postgres takes them.
    pub fn bind(&self, described: &Described) -> Result<Params, SqlFault> {
        bind(&self.values, &described.params)
    }

    /// Takes the rows.
    pub fn writer(&self, described: &Described) -> Writer {
        Writer::new(described.shape.clone(), self.rows_max, self.bytes_max)
    }
}

/// A query that was prepared and judged at deploy: it runs as SQL logic does.
#[derive(Debug)]
pub(crate) struct ProvedQuery {
    alias: Arc<str>,
    statement: Arc<Statement>,
    shape: Arc<RowsShape>,
}

impl ProvedQuery {
    pub(crate) fn compile(
        alias: Arc<str>,
        sql: &str,
        proof: &StatementProof,
        id: u32,
    ) -> Result<ProvedQuery, String> {
        let statement = Statement {
            id,
            text: proof.text.as_deref().unwrap_or(sql).into(),
            params: proof.params.as_slice().into(),
            shareable: proof.shareable,
        };
        let shape = RowsShape::compile(&proof.columns, Returns::Many)?;
        Ok(ProvedQuery { alias, statement: Arc::new(statement), shape: Arc::new(shape) })
    }

    pub(crate) fn work(
        &self,
        values: &[Box<str>],
        rows_max: u64,
        bytes_max: u64,
    ) -> Result<SqlWork, SqlFault> {
        let params = bind(values, &self.statement.params)?;
        Ok(SqlWork {
            alias: self.alias.clone(),
            statements: vec![SqlCall { statement: self.statement.clone(), params }],
            transaction: None,
            read_only: self.statement.shareable,
            shape: self.shape.clone(),
            rows_max,
            bytes_max,
        })
    }
}

fn bind(values: &[Box<str>], types: &[PgType]) -> Result<Params, SqlFault> {
    if values.len() != types.len() || values.len() > VALUES_MAX {
        let (given, taken) = (values.len(), types.len());
        return Err(SqlFault::Refused(format!("the statement takes {taken} values, {given} are given")));
    }
    let mut params = Params::default();
    for (index, (raw, pg)) in values.iter().zip(types).enumerate() {
        untyped::bind(raw, pg, &mut params).map_err(|detail| SqlFault::Value { index: index + 1, detail })?;
    }
    Ok(params)
}
