//! The check of all logic against the live databases. What has not changed since the release before is not described
//! again: its proof stands as long as the database's fingerprint does.

use std::collections::BTreeMap;

use stk_contract::hub::Diagnostic;
use stk_contract::{LogicPath, LogicProof, LogicSpec, SqlStatement};
use stk_project::{Engine, LogicFile, Project};
use stk_schema::statement::{Statement, StatementError};

use super::Sessions;
use super::before::Before;
use super::logic::{self, Cast};
use super::queries;
use crate::databases::{Session, SessionError};

/// What was proved.
#[derive(Default)]
pub struct Checked {
    pub schema_fingerprints: BTreeMap<String, String>,
    pub logic: BTreeMap<LogicPath, LogicProof>,
}

/// A logic that is to be described.
struct Job<'a> {
    path: &'a LogicPath,
    file: &'a LogicFile,
    spec: &'a LogicSpec,
}

/// Checks every logic. Where a diagnostic is an error, what is proved is not whole and must not be released.
pub async fn check(
    project: &Project,
    before: &Before,
    sessions: &mut Sessions,
    schema_fingerprints: BTreeMap<String, String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Checked {
    let mut proofs = BTreeMap::new();
    let mut jobs: BTreeMap<&str, Vec<Job<'_>>> = BTreeMap::new();
    let queries = queries::describe(project, sessions, &schema_fingerprints, diagnostics).await;
    for (path, file) in &project.logic {
        // The project's own check has told of a logic without a header.
        let Some(spec) = project.manifest.logic.get(path) else { continue };
        if file.engine != Engine::Sql {
            proofs.insert(path.clone(), queries.proof(project, file, spec, diagnostics));
            continue;
        }
        let statements: Vec<&SqlStatement> = file.statements.iter().map(|statement| &statement.sql).collect();
        let fingerprint = schema_fingerprints.get(&spec.target).map_or("", String::as_str);
        match before.proof(path, spec, &statements, fingerprint) {
            // A cached logic may carry a warning, which is to be said at each apply.
            Some(proof) if spec.cache.is_none() => drop(proofs.insert(path.clone(), proof.clone())),
            _ => jobs.entry(&spec.target).or_default().push(Job { path, file, spec }),
        }
    }
    for (alias, jobs) in jobs {
        // Of a database that is not configured the project's own check has told.
        let Some(session) = sessions.get_mut(alias) else { continue };
        let fingerprint = schema_fingerprints.get(alias).map_or("", String::as_str);
        match describe(session, fingerprint, &jobs, diagnostics).await {
            Ok(proved) => proofs.extend(proved),
            Err(error) => diagnostics.push(error.diagnostic(alias)),
        }
    }
    diagnostics.sort_by(|a, b| {
        (&a.file, a.line, a.column, &a.message).cmp(&(&b.file, b.line, b.column, &b.message))
    });
    // A script that several logic need is looked at for each.
    diagnostics.dedup();
    Checked { schema_fingerprints, logic: proofs }
}

async fn describe(
    session: &mut Session,
    fingerprint: &str,
    jobs: &[Job<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<(LogicPath, LogicProof)>, SessionError> {
    let texts: Vec<&str> = jobs.iter().flat_map(|job| texts(job.file)).collect();
    let mut described = session.describe_all(fingerprint, &texts).await?.into_iter();
    let mut proved = Vec::new();
    let mut casts = Vec::new();
    for job in jobs {
        let own: Vec<Result<Statement, StatementError>> =
            described.by_ref().take(job.file.statements.len()).collect();
        let (proof, cast) = logic::judge(job.file, job.spec, &own, diagnostics);
        casts.extend(cast.map(|cast| (proved.len(), job.file, cast)));
        proved.push((job.path.clone(), proof));
    }
    if casts.is_empty() {
        return Ok(proved);
    }
    let texts: Vec<&str> = casts.iter().map(|(_, _, cast)| cast.sql.as_str()).collect();
    let described = session.describe_all(fingerprint, &texts).await?;
    for ((index, file, cast), described) in casts.into_iter().zip(described) {
        let Cast { sql, columns, shareable } = cast;
        match described {
            Ok(described) if described.columns.len() == columns.len() => {
                if let Some(last) = proved[index].1.statements.last_mut() {
                    last.text = Some(sql);
                    last.columns = columns;
                    last.shareable = shareable && described.shareable;
                }
            }
            _ => diagnostics.push(logic::can_not_cast(file)),
        }
    }
    Ok(proved)
}

fn texts(file: &LogicFile) -> impl Iterator<Item = &str> {
    file.statements.iter().map(|statement| statement.sql.text.as_str())
}
