//! `inspect` and `diff`: what a database holds as HCL, and what makes one schema into another.

use std::collections::BTreeMap;

use stk_contract::hub::schema::{
    SchemaDiff, SchemaDiffRequest, SchemaInspectRequest, SchemaInspection, SchemaSource,
};
use stk_contract::{ErrorCode, Problem};
use stk_project::Project;
use stk_schema::{Model, Plan, PlanError, Side};

use super::plan::{unmanaged, wire_steps};
use crate::apply::{ApplyError, Sessions};
use crate::databases::Session;

/// Reads a database as HCL.
pub async fn inspect(
    project: &Project,
    sessions: &mut Sessions,
    request: SchemaInspectRequest,
) -> Result<SchemaInspection, ApplyError> {
    let session = session(sessions, &request.alias)?;
    let schemas = match request.schemas.is_empty() {
        true => managed(project, &request.alias),
        false => request.schemas,
    };
    let model = stk_schema::inspect(session.client(), &schemas).await.map_err(unreadable)?;
    Ok(SchemaInspection {
        hcl: stk_schema::to_hcl(&model),
        unmanaged: model.unmanaged.iter().map(unmanaged).collect(),
    })
}

/// What makes `from` into `to`. `files` gives the project of a release by its number.
pub async fn diff(
    sessions: &mut Sessions,
    request: SchemaDiffRequest,
    releases: &BTreeMap<u64, Project>,
) -> Result<SchemaDiff, ApplyError> {
    let alias = request.alias.clone();
    let declared =
        [&request.from, &request.to].into_iter().find_map(|source| declared(source, &alias, releases));
    // A database is looked at where the other side has something to say.
    let schemas = match declared {
        Some(model) => model?.managed_schemas(),
        None => vec!["public".to_owned()],
    };
    let from = side(sessions, request.from, &alias, &schemas, releases).await?;
    let to = side(sessions, request.to, &alias, &schemas, releases).await?;
    let steps = stk_schema::compare(session(sessions, &alias)?.client(), from, to).await.map_err(refused)?;
    let plan = Plan { steps, ..Plan::default() };
    Ok(SchemaDiff { steps: wire_steps(&plan, &BTreeMap::new()) })
}

fn declared(
    source: &SchemaSource,
    alias: &str,
    releases: &BTreeMap<u64, Project>,
) -> Option<Result<Model, ApplyError>> {
    match source {
        SchemaSource::Files(files) => {
            Some(parse(files.iter().map(|(name, text)| (name.clone(), text.as_str()))))
        }
        SchemaSource::Release(number) => {
            let file = releases.get(number)?.schema.get(alias);
            let missing = || {
                let detail = format!("Release {number} has no schema for the database `{alias}`.");
                Problem::new(ErrorCode::NotFound).detail(detail).into()
            };
            Some(
                file.ok_or_else(missing)
                    .and_then(|file| parse([(file.file.clone(), file.text.as_str())].into_iter())),
            )
        }
        SchemaSource::Database(_) | SchemaSource::Url(_) => None,
    }
}

async fn side(
    sessions: &mut Sessions,
    source: SchemaSource,
    alias: &str,
    schemas: &[String],
    releases: &BTreeMap<u64, Project>,
) -> Result<Side, ApplyError> {
    if let Some(model) = declared(&source, alias, releases) {
        return Ok(Side::Declared(model?));
    }
    let model = match source {
        SchemaSource::Url(url) => {
            let mut other = crate::databases::connect_once(&url).await.map_err(|error| {
                Problem::new(ErrorCode::CheckFailed)
                    .detail(format!("The database of the URL can not be read: {error}."))
            })?;
            stk_schema::inspect(&mut other.client, schemas).await.map_err(unreadable)?
        }
        SchemaSource::Database(name) => {
            stk_schema::inspect(session(sessions, &name)?.client(), schemas).await.map_err(unreadable)?
        }
        SchemaSource::Files(_) | SchemaSource::Release(_) => Model::default(),
    };
    Ok(Side::Inspected(model))
}

fn parse<'a>(files: impl Iterator<Item = (String, &'a str)>) -> Result<Model, ApplyError> {
    let files: Vec<(String, &str)> = files.collect();
    let (model, found) = stk_schema::parse(&files, &BTreeMap::new());
    if found.is_empty() { Ok(model) } else { Err(refused(PlanError::Diagnostics(found))) }
}

/// The schemas that the project's file manages.
fn managed(project: &Project, alias: &str) -> Vec<String> {
    let file = project.schema.get(alias);
    let parsed = file.map(|file| parse([(file.file.clone(), file.text.as_str())].into_iter()));
    match parsed {
        Some(Ok(model)) => model.managed_schemas(),
        _ => vec!["public".to_owned()],
    }
}

fn session<'a>(sessions: &'a mut Sessions, alias: &str) -> Result<&'a mut Session, ApplyError> {
    let missing = || {
        Problem::new(ErrorCode::NotFound)
            .detail(format!("There is no database `{alias}` in `config/databases.yaml`."))
            .into()
    };
    sessions.get_mut(alias).ok_or_else(missing)
}

fn unreadable(error: stk_schema::DatabaseError) -> ApplyError {
    Problem::new(ErrorCode::CheckFailed).detail(format!("The database can not be read: {error}.")).into()
}

fn refused(error: PlanError) -> ApplyError {
    Problem::new(ErrorCode::CheckFailed).detail(error.to_string()).into()
}
