//! `db.query`, `db.begin`, `db.commit` and `db.rollback`.

use std::sync::Arc;

use stk_contract::manifest::Isolation;

use super::input::Input;
use super::{Begun, State};
use crate::effect::Effect;
use crate::json;
use crate::run::OperationFault;
use crate::scope::Scope;
use crate::sql::{QueryPlace, QueryWork};

/// Bytes of the longest text of a statement.
const TEXT_BYTES_MAX: usize = 1_000_000;

/// What a statement may begin with. Everything else is of the session, of the schema, or of the transaction.
const STATEMENTS: [&str; 8] = ["select", "insert", "update", "delete", "merge", "with", "values", "table"];

pub(super) fn query(scope: &Scope, mut input: Input<'_>, timeout_ms: u64) -> Begun {
    let text = input.text("sql")?;
    let values = match input.optional("values") {
        None => Vec::new(),
        Some(raw) if raw.starts_with('[') => json::elements(raw).map(Box::from).collect(),
        Some(_) => return Err(input.wrong("values", "must be an array")),
    };
    let transaction = input.optional_number("tx")?;
    let alias = match transaction {
        None => Some(database(scope, &mut input)?),
        Some(_) => None,
    };
    input.done()?;
    check_text(&text)?;
    let program = scope.program();
    let (rows_max, bytes_max) = (program.rows_max, program.bytes_max);
    let place = match (alias, transaction) {
        (Some(alias), _) => {
            if let Some(proved) = program.proved(&alias, &text) {
                let work =
                    proved.work(&values, rows_max, bytes_max).map_err(|fault| fault.operation_fault())?;
                return Ok((State::Rows, Effect::Sql { work: Arc::new(work), timeout_ms }));
            }
            QueryPlace::Database(alias)
        }
        (None, number) => QueryPlace::Transaction(transaction_number(number)?),
    };
    let work = QueryWork { place, text: text.as_ref().into(), values, rows_max, bytes_max };
    Ok((State::Rows, Effect::Query { work: Arc::new(work), timeout_ms }))
}

pub(super) fn begin(scope: &Scope, mut input: Input<'_>, timeout_ms: u64) -> Begun {
    let alias = database(scope, &mut input)?;
    let isolation = match input.optional_text("isolation")?.as_deref() {
        None => None,
        Some("read_committed") => Some(Isolation::ReadCommitted),
        Some("repeatable_read") => Some(Isolation::RepeatableRead),
        Some("serializable") => Some(Isolation::Serializable),
        Some(_) => {
            let known = "must be `read_committed`, `repeatable_read` or `serializable`";
            return Err(input.wrong("isolation", known));
        }
    };
    input.done()?;
    Ok((State::Begin, Effect::Begin { alias, isolation, timeout_ms }))
}

pub(super) fn end(mut input: Input<'_>, commit: bool, timeout_ms: u64) -> Begun {
    let transaction = transaction_number(Some(input.number("tx")?))?;
    input.done()?;
    Ok((State::End, Effect::End { transaction, commit, timeout_ms }))
}

/// A number that no transaction has is told apart by the host, like one that has ended.
fn transaction_number(number: Option<u64>) -> Result<u32, OperationFault> {
    let known = number.and_then(|number| u32::try_from(number).ok());
    known.ok_or_else(|| OperationFault::misuse("there is no such transaction"))
}

fn database(scope: &Scope, input: &mut Input<'_>) -> Result<Arc<str>, OperationFault> {
    let alias = input.text("alias")?;
    if scope.deployment.config().databases.contains_key(alias.as_ref()) {
        return Ok(alias.as_ref().into());
    }
    Err(OperationFault::misuse(format!("there is no database `{alias}`")))
}

/// Refuses what a pooled session must not be told. That there is one statement only, the extended protocol holds.
fn check_text(text: &str) -> Result<(), OperationFault> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(OperationFault::misuse(format!("a statement may have {TEXT_BYTES_MAX} bytes")));
    }
    let word = first_word(text);
    if word.is_empty() {
        return Err(OperationFault::misuse("the statement is empty"));
    }
    if STATEMENTS.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return Ok(());
    }
    let hint = match word.to_ascii_lowercase().as_str() {
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            "; hint: use `db.transaction`"
        }
        _ => "",
    };
    let what = word.to_ascii_uppercase();
    Err(OperationFault::misuse(format!(
        "`{what}` is not allowed: logic may SELECT, INSERT, UPDATE, DELETE and MERGE{hint}"
    )))
}

/// The first word behind white space, comments and opening parentheses.
fn first_word(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        if rest.starts_with("--") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = behind_comment(rest);
        } else {
            break;
        }
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
    let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    // Something that is no word at all is shown as it is.
    &rest[..if length == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { length }]
}

/// What follows a comment; comments nest in SQL.
fn behind_comment(text: &str) -> &str {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        match bytes.get(at..at + 2) {
            None => return "",
            Some(b"/*") => (at, depth) = (at + 2, depth + 1),
            Some(b"*/") => (at, depth) = (at + 2, depth - 1),
            // ASCII only is matched, so that `at` ends on a boundary of characters.
            Some(_) => at += 1,
        }
    }
    &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_data_are_allowed() {
        for text in [
            "select 1",
            " (SELECT 1) union (select 2)",
            "-- note\n/* a /* nested */ ü */ with x as (select 1) select * from x",
            "insert into t values (1)",
            "values (1)",
        ] {
            assert!(check_text(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn statements_of_session_schema_and_transaction_are_not() {
        for text in [
            "commit",
            "/* select */ ROLLBACK",
            "set role postgres",
            "copy t to stdout",
            "listen x",
            "create table t ()",
            "do $$begin end$$",
            "discard all",
            "prepare x as select 1",
            "",
            "/* open",
            "\u{2003}",
            ";",
        ] {
            assert!(check_text(text).is_err(), "{text}");
        }
    }
}
