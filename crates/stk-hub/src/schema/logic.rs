//! SQL of logic, as far as a change of the schema may break it. Statements that scripts put together at run time can
//! not be known here.

use stk_contract::{Code, Release};
use stk_project::Project;
use stk_schema::{Hazard, HazardCode};

/// A statement of a deployed logic.
pub struct Deployed<'a> {
    /// Its file.
    pub path: String,
    pub sql: &'a str,
}

/// The statements that a release runs on a database.
pub fn deployed<'a>(release: &'a Release, alias: &str) -> Vec<Deployed<'a>> {
    let mut found = Vec::new();
    for (path, code) in &release.code {
        let is_here = release.manifest.logic.get(path).is_some_and(|spec| spec.target == alias);
        if let (true, Code::Sql(statements)) = (is_here, code) {
            for statement in statements {
                found.push(Deployed { path: format!("logic/{path}.sql"), sql: &statement.text });
            }
        }
    }
    found
}

/// The statements of a project's SQL files and scripts on a database.
pub fn of_project<'a>(project: &'a Project, alias: &str) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for (path, file) in &project.logic {
        if project.manifest.logic.get(path).is_some_and(|spec| spec.target == alias) {
            found.extend(file.statements.iter().map(|statement| statement.sql.text.as_str()));
        }
    }
    let here = project.queries().filter(|(_, _, query)| query.alias == alias);
    found.extend(here.map(|(_, _, query)| query.sql.as_str()));
    found
}

/// The hazard of a statement that stops being prepared.
pub fn hazard(statement: &Deployed<'_>, release: u64, message: &str) -> Hazard {
    Hazard {
        code: HazardCode::LogicBreaks,
        subject: statement.path.clone(),
        message: format!("release {release} serves `{}`, which fails after this: {message}", statement.path),
        hint: Some("deploy logic that works before and after the change first".to_owned()),
        count: None,
    }
}
