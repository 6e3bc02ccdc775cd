//! What an error of the driver means for the call.

use stk_runtime::{RowFault, SqlFault};
use tokio_postgres::error::{DbError, SqlState};

/// Why a statement gave no result, before it is decided whether to try again.
#[derive(Debug)]
pub(super) enum Failure {
    /// Postgres refused it.
    Database(Box<DbError>),
    /// The prepared statement is of no use any more; it did not run.
    Unprepared,
    /// The connection is gone, at an unknown moment.
    Lost(String),
    /// Postgres said that it ends the session: what was under way is rolled back.
    Ended(String),
    /// What Postgres sent, or what was to be sent, does not fit the protocol.
    Protocol(String),
    Row(RowFault),
    Timeout,
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Failure {
        let Some(database) = error.as_db_error() else {
            let broken = error.is_closed() || source_is_io(&error);
            return if broken {
                Failure::Lost(describe(&error))
            } else {
                Failure::Protocol(describe(&error))
            };
        };
        let code = database.code();
        let stale_plan = *code == SqlState::FEATURE_NOT_SUPPORTED
            && database.message() == "cached plan must not change result type";
        if stale_plan || *code == SqlState::INVALID_SQL_STATEMENT_NAME {
            Failure::Unprepared
        } else if [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW]
            .contains(code)
        {
            Failure::Ended(database.message().to_owned())
        } else {
            Failure::Database(Box::new(database.clone()))
        }
    }
}

impl Failure {
    /// Whether Postgres cancelled it because we, or `statement_timeout`, asked for it.
    pub(super) fn is_canceled(&self) -> bool {
        matches!(self, Failure::Database(error) if *error.code() == SqlState::QUERY_CANCELED)
    }

    /// What the runtime is told. `may_have_committed`: the statement commits itself and its fate is unknown.
    pub(super) fn into_fault(self, may_have_committed: bool) -> SqlFault {
        match self {
            failure if failure.is_canceled() => SqlFault::Timeout,
            Failure::Database(error) => SqlFault::Database {
                sqlstate: error.code().code().to_owned(),
                message: error.message().to_owned(),
                constraint: error.constraint().map(str::to_owned),
                column: error.column().map(str::to_owned),
            },
            Failure::Unprepared => {
                SqlFault::Unavailable("the prepared statement changed again and again".to_owned())
            }
            Failure::Lost(reason) if may_have_committed => SqlFault::CommitUnknown(reason),
            Failure::Lost(reason) | Failure::Ended(reason) => SqlFault::Unavailable(reason),
            Failure::Protocol(reason) => SqlFault::Database {
                sqlstate: "08P01".to_owned(),
                message: reason,
                constraint: None,
                column: None,
            },
            Failure::Row(fault) => SqlFault::Row(fault),
            Failure::Timeout => SqlFault::Timeout,
        }
    }
}

fn source_is_io(error: &tokio_postgres::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if inner.is::<std::io::Error>() {
            return true;
        }
        source = inner.source();
    }
    false
}

/// The error with its causes. The driver never puts the URL or a password in them.
pub(super) fn describe(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let cause = inner.to_string();
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
        source = inner.source();
    }
    text
}
