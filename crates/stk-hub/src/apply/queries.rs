//! Constant statements that scripts and WebAssembly logic give to `db.query`, described by the live database like the
//! SQL of logic: what does not prepare is told at its place, and what does is known to the Server before the first call.

use std::collections::{BTreeMap, BTreeSet};

use stk_contract::hub::Diagnostic;
use stk_contract::{LogicProof, LogicSpec, StatementProof};
use stk_project::{Code, ConstantQuery, LogicFile, Project, SourceText};
use stk_schema::statement::{ColumnProblem, Statement, StatementError, StatementKind};

use super::logic::proof_of;
use super::{Sessions, columns};
use crate::databases::{Session, SessionError};

/// What was proved of one statement.
struct Proved {
    statement: StatementProof,
    writes: bool,
    volatile: bool,
}

/// What was proved of every constant statement, by alias and by its text.
#[derive(Default)]
pub struct Queries {
    proved: BTreeMap<String, BTreeMap<String, Proved>>,
}

/// Describes the statements of every script that some logic needs.
pub async fn describe(
    project: &Project,
    sessions: &mut Sessions,
    fingerprints: &BTreeMap<String, String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Queries {
    let mut queries = Queries::default();
    let aliases: BTreeSet<&str> = project.queries().map(|(_, _, query)| query.alias.as_str()).collect();
    for alias in aliases {
        // Of a database that is not configured the project's own check has told.
        let Some(session) = sessions.get_mut(alias) else { continue };
        let fingerprint = fingerprints.get(alias).map_or("", String::as_str);
        match describe_alias(project, alias, session, fingerprint, diagnostics).await {
            Ok(proved) => drop(queries.proved.insert(alias.to_owned(), proved)),
            Err(error) => diagnostics.push(error.diagnostic(alias)),
        }
    }
    queries
}

/// Those of one database. A text that stands in several places is described once.
async fn describe_alias(
    project: &Project,
    alias: &str,
    session: &mut Session,
    fingerprint: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<String, Proved>, SessionError> {
    let here = || project.queries().filter(|(_, _, query)| query.alias == alias);
    let texts: Vec<&str> =
        here().map(|(_, _, query)| query.sql.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let described = session.describe_all(fingerprint, &texts).await?;
    let described: BTreeMap<&str, Result<Statement, StatementError>> =
        texts.into_iter().zip(described).collect();
    for (file, text, query) in here() {
        diagnostics.extend(fault(file, text, query, &described[query.sql.as_str()]));
    }
    let mut proved = BTreeMap::new();
    let mut casts = Vec::new();
    for (sql, described) in &described {
        let Ok(described) = described else { continue };
        let statement = proof_of(described);
        if described.kind == StatementKind::Select && !columns::all_binary(&statement.columns) {
            casts.push((*sql, columns::cast(sql, &statement.columns)));
        }
        let (writes, volatile) = (described.writes, described.volatile);
        proved.insert((*sql).to_owned(), Proved { statement, writes, volatile });
    }
    let texts: Vec<&str> = casts.iter().map(|(_, (text, _))| text.as_str()).collect();
    let described = session.describe_all(fingerprint, &texts).await?;
    for ((sql, (text, columns)), described) in casts.iter().zip(described) {
        let fits = described.is_ok_and(|described| described.columns.len() == columns.len());
        if let Some(proved) = proved.get_mut(*sql).filter(|_| fits) {
            proved.statement.text = Some(text.clone());
            proved.statement.columns.clone_from(columns);
        }
    }
    Ok(proved)
}

impl Queries {
    /// The proof of a logic that is no SQL; what its header forbids its statements becomes a diagnostic.
    pub fn proof(
        &self,
        project: &Project,
        logic: &LogicFile,
        spec: &LogicSpec,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> LogicProof {
        let mut proof = LogicProof { read_only: spec.cache.is_some(), ..LogicProof::default() };
        for (file, text, query) in project.queries_of(logic) {
            let proved = self.proved.get(&query.alias).and_then(|proved| proved.get(&query.sql));
            let Some(proved) = proved else { continue };
            let queries = proof.queries.entry(query.alias.clone()).or_default();
            queries.insert(query.sql.clone(), proved.statement.clone());
            if spec.cache.is_none() {
                continue;
            }
            let at = query.positions.locate(0);
            if proved.writes {
                let message =
                    format!("this writes, and `{}` is cached: most calls would not run it", logic.file);
                diagnostics.push(Code::CacheWrites.at(file, at, text, message));
            } else if proved.volatile {
                let message = format!(
                    "this calls a volatile function, and `{}` is cached: its answers differ from call to call",
                    logic.file
                );
                diagnostics.push(Code::CacheVolatile.at(file, at, text, message));
            }
        }
        proof
    }
}

/// What is wrong with a statement, at its place.
fn fault(
    file: &str,
    text: &SourceText,
    query: &ConstantQuery,
    described: &Result<Statement, StatementError>,
) -> Option<Diagnostic> {
    let start = query.positions.locate(0);
    let (code, at, message, hint) = match described {
        Err(StatementError::Sql(error)) => {
            let at =
                error.position.map_or(start, |position| query.positions.locate(position.saturating_sub(1)));
            let detail = error.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
            let hint = match error.sqlstate.as_str() {
                // indeterminate_datatype
                "42P18" => Some("say what it is where it stands, as in `$1::text`".to_owned()),
                _ => error.hint.clone(),
            };
            (Code::SqlRefused, at, format!("{}{detail} [{}]", error.message, error.sqlstate), hint)
        }
        Err(error) => (Code::SqlRefused, start, error.to_string(), None),
        Ok(Statement { kind: StatementKind::Utility(word), .. }) => {
            let hint =
                "logic reads and writes rows; tables are for `schema/`, transactions are `db.transaction`";
            (Code::SqlForbidden, start, format!("`{word}` is not allowed in logic"), Some(hint.to_owned()))
        }
        Ok(described) => {
            let twice = described.column_problems().into_iter().find_map(|problem| match problem {
                ColumnProblem::Duplicate { name, .. } => Some(name),
                ColumnProblem::Unnamed { .. } => None,
            })?;
            let message = format!("two columns of the result are called `{twice}`, and rows are objects");
            let hint = "give each column a name of its own".to_owned();
            (Code::SqlColumnName, start, message, Some(hint))
        }
    };
    let mut diagnostic = code.at(file, at, text, message);
    diagnostic.hint = hint;
    Some(diagnostic)
}
