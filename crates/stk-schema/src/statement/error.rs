//! What can go wrong when a statement is described.

use tokio_postgres::error::{DbError, ErrorPosition};

/// Why a statement could not be described.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// Postgres refuses the statement.
    #[error(transparent)]
    Sql(Box<SqlError>),
    #[error("there is no statement in it")]
    Empty,
    #[error("a statement can not hold the character U+0000")]
    Nul,
    /// The connection to the database, not the statement, is at fault.
    #[error("the database did not answer")]
    Connection(#[source] tokio_postgres::Error),
}

/// Postgres' own error, its words unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    /// The SQLSTATE, five characters.
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// The character of the statement, counted from 1, that the error points at.
    pub position: Option<usize>,
}

/// Why no describer could be had.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("can not connect to the database")]
    Connection(#[from] tokio_postgres::Error),
    /// The server, or a pooler before it, keeps its analysis to itself.
    #[error("the database does not show how it reads statements; connect to it directly, without a pooler")]
    Silent,
}

impl From<tokio_postgres::Error> for StatementError {
    fn from(error: tokio_postgres::Error) -> StatementError {
        match error.as_db_error() {
            Some(db) => StatementError::Sql(Box::new(SqlError::from(db))),
            None => StatementError::Connection(error),
        }
    }
}

impl From<&DbError> for SqlError {
    fn from(error: &DbError) -> SqlError {
        let position = match error.position() {
            Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
            Some(ErrorPosition::Internal { .. }) | None => None,
        };
        SqlError {
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            position,
        }
    }
}
