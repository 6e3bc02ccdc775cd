//! What a fault of the database means to the caller: the table of codes.

use stk_contract::{ErrorCode, Problem};

use crate::rows::RowFault;
use crate::run::OperationFault;
use crate::sql::SqlFault;

impl SqlFault {
    /// Whether the whole transaction may be run again: it lost against others, and nothing of it stands.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, SqlFault::Database { sqlstate, .. } if matches!(sqlstate.as_str(), "40001" | "40P01"))
    }

    /// What the logic that asked is told: more than a caller of SQL logic, whose author can not catch it.
    pub(crate) fn operation_fault(&self) -> OperationFault {
        let mut problem = self.problem();
        if let (SqlFault::Database { message, .. }, None) = (self, &problem.detail) {
            problem.detail = Some(message.clone());
        }
        let cause = (problem.status >= 500).then(|| self.to_string().into());
        OperationFault { problem: Box::new(problem), cause }
    }

    /// The answer. What a 5xx hides is this fault's own text.
    pub(crate) fn problem(&self) -> Problem {
        match self {
            SqlFault::Database { sqlstate, message, constraint, column } => {
                database_problem(sqlstate, message, constraint.as_deref(), column.as_deref())
            }
            SqlFault::PoolExhausted { .. } | SqlFault::Unavailable(_) => Problem::new(ErrorCode::Unavailable),
            SqlFault::Timeout => Problem::new(ErrorCode::Timeout),
            SqlFault::CommitUnknown(_) => Problem::new(ErrorCode::CommitUnknown),
            SqlFault::Value { .. } => Problem::new(ErrorCode::InvalidValue).detail(self.to_string()),
            SqlFault::Refused(reason) => Problem::new(ErrorCode::LogicFailed).detail(reason),
            SqlFault::Row(fault) => row_problem(fault),
        }
    }
}

fn row_problem(fault: &RowFault) -> Problem {
    let code = match fault {
        RowFault::NoRow => ErrorCode::NotFound,
        RowFault::TooManyRows => ErrorCode::TooManyRows,
        RowFault::RowsMax(_) | RowFault::BytesMax(_) => ErrorCode::ResultTooLarge,
        RowFault::UnsafeInteger(column) => {
            return Problem::new(ErrorCode::UnsafeInteger)
                .detail(format!("column `{column}` has an integer past ±(2^53−1)"));
        }
        RowFault::Damaged { .. } => ErrorCode::Internal,
    };
    Problem::new(code)
}

fn database_problem(
    sqlstate: &str,
    message: &str,
    constraint: Option<&str>,
    column: Option<&str>,
) -> Problem {
    match sqlstate {
        "P0001" => return Problem::new(ErrorCode::Raised).detail(message),
        "40001" | "40P01" | "55P03" => return Problem::new(ErrorCode::Retry),
        "57014" => return Problem::new(ErrorCode::Timeout),
        _ => {}
    }
    match sqlstate.get(..2).unwrap_or_default() {
        // Postgres' own message may quote a row's value, so that only the kind of fault is told.
        "22" => Problem::new(ErrorCode::InvalidValue).detail(data_exception(sqlstate)),
        "23" => violation(sqlstate, constraint, column),
        "08" | "53" | "57" | "58" => Problem::new(ErrorCode::Unavailable),
        _ => Problem::new(ErrorCode::LogicFailed),
    }
}

fn violation(sqlstate: &str, constraint: Option<&str>, column: Option<&str>) -> Problem {
    let code = match sqlstate {
        "23502" => ErrorCode::NotNullViolation,
        "23503" | "23001" => ErrorCode::ForeignKeyViolation,
        "23505" => ErrorCode::UniqueViolation,
        "23514" => ErrorCode::CheckViolation,
        "23P01" => ErrorCode::ExclusionViolation,
        _ => return Problem::new(ErrorCode::LogicFailed),
    };
    let mut problem = Problem::new(code);
    problem.constraint = constraint.map(str::to_owned);
    problem.detail = match (constraint, column) {
        (Some(constraint), _) => Some(format!("constraint `{constraint}`")),
        (None, Some(column)) => Some(format!("column `{column}` may not be null")),
        (None, None) => None,
    };
    problem
}

fn data_exception(sqlstate: &str) -> String {
    let kind = match sqlstate {
        "22001" => "a text is too long for its column",
        "22003" => "a number is out of range",
        "22007" => "a date or time has not the right form",
        "22008" => "a date or time is out of range",
        "22012" => "division by zero",
        "22021" | "22P05" => "a character can not be stored",
        "22023" => "an argument is out of its range",
        "2202E" => "nested arrays have different lengths",
        "22P02" => "a text has not the form of its type",
        _ => return format!("data exception {sqlstate}"),
    };
    kind.to_owned()
}
