//! The judgement of one logic: what Postgres says of its statements against what its header says.

use std::collections::BTreeMap;

use stk_contract::hub::Diagnostic;
use stk_contract::{Bind, LogicProof, LogicSpec, ResultColumn, Returns, StatementProof, fit};
use stk_project::{Code, CompiledStatement, LogicFile, Position};
use stk_schema::statement::{Statement, StatementError, StatementKind};

use super::columns::{self, OverrideFault};
use super::type_names;

/// A last statement that is to run with columns cast, if Postgres takes it so.
pub struct Cast {
    pub sql: String,
    pub columns: Vec<ResultColumn>,
    pub shareable: bool,
}

/// Judges; what is wrong becomes a diagnostic. `described` is one answer a statement of the file.
pub fn judge(
    file: &LogicFile,
    spec: &LogicSpec,
    described: &[Result<Statement, StatementError>],
    diagnostics: &mut Vec<Diagnostic>,
) -> (LogicProof, Option<Cast>) {
    let mut judge = Judge { file, spec, diagnostics };
    let mut statements = Vec::new();
    for (compiled, described) in file.statements.iter().zip(described) {
        match described {
            Ok(described) => {
                judge.statement(compiled, described);
                statements.push((compiled, described));
            }
            Err(error) => judge.refused(compiled, error),
        }
    }
    if statements.len() < file.statements.len() {
        return (LogicProof::default(), None);
    }
    judge.cache(&statements);
    let mut proof = LogicProof {
        statements: statements.iter().map(|(_, described)| proof_of(described)).collect(),
        read_only: statements.iter().all(|(_, described)| !described.writes && !described.volatile),
        queries: BTreeMap::new(),
    };
    let Some(((compiled, described), last)) = statements.last().zip(proof.statements.last_mut()) else {
        return (proof, None);
    };
    let cast = judge.result(compiled, described, last);
    (proof, cast)
}

/// For a statement that Postgres does not take with its columns cast.
pub fn can_not_cast(file: &LogicFile) -> Diagnostic {
    let at = file.statements.last().map_or(Position::WHOLE_FILE, |last| last.positions.locate(0));
    let message = "a column of the result has a type that can not be sent as it is";
    let mut diagnostic = file.diagnostic(Code::SqlColumnType, at, message);
    diagnostic.hint =
        Some("cast it where it is selected or returned, as in `price::text AS price`".to_owned());
    diagnostic
}

/// What the Server is told of a statement.
pub fn proof_of(described: &Statement) -> StatementProof {
    let column = |column: &stk_schema::statement::Column| ResultColumn {
        name: column.name.clone(),
        pg_type: column.pg_type.clone(),
        nullable: column.nullable,
        ts_type: None,
    };
    StatementProof {
        text: None,
        params: described.params.clone(),
        columns: described.columns.iter().map(column).collect(),
        shareable: described.shareable,
    }
}

struct Judge<'a> {
    file: &'a LogicFile,
    spec: &'a LogicSpec,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Judge<'_> {
    fn say(&mut self, mut diagnostic: Diagnostic, hint: Option<String>) {
        diagnostic.hint = hint.or(diagnostic.hint);
        self.diagnostics.push(diagnostic);
    }

    /// Postgres does not prepare it.
    fn refused(&mut self, compiled: &CompiledStatement, error: &StatementError) {
        let (at, message, hint) = match error {
            StatementError::Sql(sql) => {
                let at = match sql.position {
                    Some(position) => compiled.positions.locate(position.saturating_sub(1)),
                    None => undetermined(compiled, &sql.message).unwrap_or(compiled.positions.locate(0)),
                };
                let detail = sql.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
                let hint = match sql.sqlstate.as_str() {
                    // indeterminate_datatype
                    "42P18" => Some("say what it is where it stands, as in `:name::text`".to_owned()),
                    _ => sql.hint.clone(),
                };
                (at, format!("{}{detail} [{}]", with_names(compiled, &sql.message), sql.sqlstate), hint)
            }
            error => (compiled.positions.locate(0), error.to_string(), None),
        };
        self.say(self.file.diagnostic(Code::SqlRefused, at, message), hint);
    }

    fn statement(&mut self, compiled: &CompiledStatement, described: &Statement) {
        if let StatementKind::Utility(word) = &described.kind {
            let message = format!("`{word}` is not allowed in logic");
            let at = compiled.positions.locate(0);
            let hint = "logic reads and writes rows; tables are for `schema/`, transactions are made for you";
            self.say(self.file.diagnostic(Code::SqlForbidden, at, message), Some(hint.to_owned()));
        }
        for (index, (bind, pg)) in compiled.sql.binds.iter().zip(&described.params).enumerate() {
            let (said, fits, hint) = match bind {
                Bind::Param(name) => {
                    let Some(param) = self.spec.params.get(name) else { continue };
                    let said = format!("`:{name}` is declared `{}`", type_names::of_param(&param.kind));
                    let fitting = type_names::that_fit(pg);
                    let hint = if fitting.is_empty() {
                        format!("cast it where it stands, as in `:{name}::text`")
                    } else {
                        format!("declare it `{}`, or cast it where it stands", fitting.join("` or `"))
                    };
                    (said, fit::fits(&param.kind, pg), hint)
                }
                identity => {
                    let (said, hint) = identity_words(identity);
                    (said.to_owned(), fit::identity_fits(identity, pg), hint.to_owned())
                }
            };
            if !fits {
                let at = compiled.bind_uses.get(index).and_then(|uses| uses.first()).copied();
                let message =
                    format!("{said}, and the statement takes {} there", type_names::of_postgres(pg));
                let at = at.unwrap_or(Position::WHOLE_FILE);
                self.say(self.file.diagnostic(Code::SqlParamType, at, message), Some(hint));
            }
        }
    }

    fn cache(&mut self, statements: &[(&CompiledStatement, &Statement)]) {
        if self.spec.cache.is_none() {
            return;
        }
        if statements.iter().any(|(_, described)| described.writes) {
            let message = "a cached logic may not write: its answers are given without running it";
            self.say(self.file.header_diagnostic(Code::CacheWrites, "cache", message), None);
        } else if statements.iter().any(|(_, described)| described.volatile) {
            let message =
                "the cached statement calls a volatile function, whose answers differ from call to call";
            self.say(self.file.header_diagnostic(Code::CacheVolatile, "cache", message), None);
        }
    }

    /// The last statement's columns are the result.
    fn result(
        &mut self,
        compiled: &CompiledStatement,
        described: &Statement,
        last: &mut StatementProof,
    ) -> Option<Cast> {
        let start = compiled.positions.locate(0);
        for fault in columns::override_types(&mut last.columns, &self.spec.types) {
            self.override_fault(&fault, &last.columns);
        }
        let returns = self.spec.returns;
        if returns == Returns::None {
            return None;
        }
        if last.columns.is_empty() {
            let message = "the statement gives no rows, and the logic is to return some";
            let hint = "add `RETURNING …`, or say `returns: none`".to_owned();
            self.say(self.file.diagnostic(Code::ReturnsColumns, start, message), Some(hint));
            return None;
        }
        if returns == Returns::Value && last.columns.len() != 1 {
            let message = format!(
                "`returns: value` needs exactly one column, the statement has {}",
                last.columns.len()
            );
            self.say(self.file.header_diagnostic(Code::ReturnsColumns, "returns", message), None);
        }
        if let Some(name) = columns::name_fault(&last.columns) {
            let message = match name {
                "" | "?column?" => "a column of the result has no name".to_owned(),
                name => format!("two columns of the result are called `{name}`"),
            };
            let hint = "give each column a name of its own, as in `count(*) AS total`".to_owned();
            self.say(self.file.diagnostic(Code::SqlColumnName, start, message), Some(hint));
            return None;
        }
        if columns::all_binary(&last.columns) {
            return None;
        }
        if described.kind != StatementKind::Select {
            self.say(can_not_cast(self.file), None);
            return None;
        }
        let (sql, columns) = columns::cast(&compiled.sql.text, &last.columns);
        Some(Cast { sql, columns, shareable: described.shareable })
    }

    fn override_fault(&mut self, fault: &OverrideFault, columns: &[ResultColumn]) {
        match fault {
            OverrideFault::UnknownColumn { name } => {
                let key = format!("types.{name}");
                let message = format!("`types` names a column `{name}`, which the result does not have");
                let known: Vec<String> = columns.iter().map(|column| format!("`{}`", column.name)).collect();
                let hint = (!known.is_empty()).then(|| format!("it has {}", known.join(", ")));
                self.say(self.file.header_diagnostic(Code::TypesUnknownColumn, &key, message), hint);
            }
            OverrideFault::Unfit { name, ts_type, column } => {
                let key = format!("types.{name}");
                let pg = type_names::of_postgres(column);
                let message = format!("`{name}` is {pg}, whose JSON is never a `{ts_type}`");
                self.say(self.file.header_diagnostic(Code::TypesUnfit, &key, message), None);
            }
        }
    }
}

/// What an identity is bound as, and what to do where that does not fit.
fn identity_words(bind: &Bind) -> (&'static str, &'static str) {
    match bind {
        Bind::Param(_) => ("a param", ""),
        Bind::UserId => ("`:user_id` is text, uuid or an integer", "cast it, as in `:user_id::text`"),
        Bind::UserEmail => ("`:user_email` is text", "cast it, as in `:user_email::text`"),
        Bind::UserRoles => ("`:user_roles` is text[]", "cast it, as in `:user_roles::text[]`"),
    }
}

/// Where the param stands that Postgres names by number, having no position to give.
fn undetermined(compiled: &CompiledStatement, message: &str) -> Option<Position> {
    let (_, after) = message.split_once('$')?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let index = digits.parse::<usize>().ok()?.checked_sub(1)?;
    compiled.bind_uses.get(index)?.first().copied()
}

/// Postgres' message with `:name` where it says `$1`.
fn with_names(compiled: &CompiledStatement, message: &str) -> String {
    let mut parts = message.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        match index.and_then(|index| compiled.sql.binds.get(index)) {
            Some(Bind::Param(name)) => text.push_str(&format!(":{name}{rest}")),
            Some(Bind::UserId) => text.push_str(&format!(":user_id{rest}")),
            Some(Bind::UserEmail) => text.push_str(&format!(":user_email{rest}")),
            Some(Bind::UserRoles) => text.push_str(&format!(":user_roles{rest}")),
            None => text.push_str(&format!("${part}")),
        }
    }
    text
}
