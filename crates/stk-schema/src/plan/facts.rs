//! What the planner has to ask of the database beside its catalog's model: sizes, rows, casts, names.
//!
//! Only of what changes. Looking for rows takes the weakest lock there is on the table.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::columns::fills_by_rewrite;
use super::render::Renderer;
use super::type_change::{is_text, parts, type_change};
use crate::diff::{Change, Place, Rename, Renamed, is_made_anew, same_type};
use crate::model::{Column, DataType, Model, Schema, SerialSize};
use crate::postgres::{DatabaseError, failed};

type Path = (String, String);

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Estimated rows by table; `None` where nothing is known yet.
    rows: HashMap<Path, Option<u64>>,
    with_rows: HashSet<Path>,
    /// The sequence that a serial or identity column owns, qualified and quoted, by table and column.
    sequences: HashMap<(String, String, String), String>,
    casts: HashMap<(String, String), Cast>,
}

/// How Postgres casts one type to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cast {
    /// By itself, on assignment.
    Assigned,
    /// Where it is written.
    Written,
    /// Only through the value's text.
    ThroughText,
    /// Not at all, in Postgres' words.
    Missing(String),
}

impl Facts {
    /// About how many rows a table in use has.
    pub fn rows(&self, schema: &str, table: &str) -> Option<u64> {
        self.rows.get(&(schema.to_owned(), table.to_owned())).copied().flatten()
    }

    /// Whether the table has rows, or may have.
    pub fn has_rows(&self, schema: &str, table: &str) -> bool {
        self.with_rows.contains(&(schema.to_owned(), table.to_owned()))
    }

    pub fn sequence(&self, schema: &str, table: &str, column: &str) -> Option<&str> {
        let key = (schema.to_owned(), table.to_owned(), column.to_owned());
        self.sequences.get(&key).map(String::as_str)
    }

    pub fn cast(&self, from: &str, to: &str) -> Cast {
        self.casts.get(&(from.to_owned(), to.to_owned())).cloned().unwrap_or(Cast::ThroughText)
    }
}

/// The names by which the database still knows what a rename of this plan is about.
struct Before<'a>(&'a [Rename]);

impl Before<'_> {
    fn table(&self, schema: &str, table: &str) -> Path {
        let is = |it: &&Rename| {
            matches!(it.what, Renamed::Table | Renamed::View | Renamed::MaterializedView)
                && it.schema == schema
        };
        let renamed = self.0.iter().filter(is).find(|it| it.to == table);
        let table = renamed.map_or(table, |it| &it.from);
        (self.schema(schema), table.to_owned())
    }

    fn schema(&self, schema: &str) -> String {
        let renamed = self.0.iter().find(|it| it.what == Renamed::Schema && it.to == schema);
        renamed.map_or(schema, |it| &it.from).to_owned()
    }

    fn column(&self, schema: &str, table: &str, column: &str) -> String {
        let is = |it: &&Rename| {
            it.what == Renamed::Column && it.schema == schema && it.within == table && it.to == column
        };
        self.0.iter().find(is).map_or(column, |it| &it.from).to_owned()
    }
}

/// Asks for all that the steps of `changes` depend on.
pub(super) async fn gather(
    transaction: &mut Transaction<'_>,
    changes: &[Change<'_>],
    renames: &[Rename],
    live: &Model,
) -> Result<Facts, DatabaseError> {
    let before = Before(renames);
    let mut facts = Facts::default();
    let mut wanted = Wanted::of(changes, live);
    let is_there = |(schema, name): &Path| live.schemas.get(schema).is_some_and(|it| has_relation(it, name));
    wanted.sized.retain(is_there);
    wanted.rows.retain(is_there);
    sizes(transaction, &mut facts, &before, &wanted.sized).await?;
    rows(transaction, &mut facts, &before, &wanted.rows).await?;
    sequences(transaction, &mut facts, &before, &wanted.sequences).await?;
    for (from, to) in wanted.casts {
        let cast = cast(transaction, &from, &to).await?;
        facts.casts.insert((from, to), cast);
    }
    Ok(facts)
}

fn has_relation(schema: &Schema, name: &str) -> bool {
    schema.tables.contains_key(name)
        || schema.partitions.contains_key(name)
        || schema.views.contains_key(name)
}

#[derive(Default)]
struct Wanted {
    sized: HashSet<Path>,
    rows: HashSet<Path>,
    sequences: HashSet<(String, String, String)>,
    casts: HashSet<(String, String)>,
}

impl Wanted {
    fn of(changes: &[Change<'_>], live: &Model) -> Wanted {
        let mut wanted = Wanted::default();
        for change in changes {
            wanted.add(change, live);
        }
        wanted.sized.extend(wanted.rows.iter().cloned());
        wanted
    }

    fn add(&mut self, change: &Change<'_>, live: &Model) {
        let path = |place: &Place<'_>| (place.schema.to_owned(), place.name.to_owned());
        if let Some(place) = of_table(change) {
            self.sized.insert(path(place));
        }
        match change {
            Change::AddForeignKey { key, .. } | Change::AlterForeignKey { after: key, .. } => {
                self.sized.insert((key.ref_schema.clone(), key.ref_table.clone()));
            }
            Change::AddColumn { place, column, .. } if !fills_itself(column) || fills_by_rewrite(column) => {
                self.rows.insert(path(place));
            }
            Change::AlterColumn { place, name, before, after } => {
                if is_made_anew(before, after) {
                    self.rows.insert(path(place));
                }
                if let Some(types) = types(before, after) {
                    if type_change(&types.0, &types.1).rewrites || before.collate != after.collate {
                        self.rows.insert(path(place));
                    }
                    self.casts.insert(types);
                }
                if before.identity.is_some() || matches!(before.data_type, DataType::Serial(_)) {
                    self.sequences.insert((
                        place.schema.to_owned(),
                        place.name.to_owned(),
                        (*name).to_owned(),
                    ));
                }
            }
            Change::AddExclusion { place, .. } | Change::AlterExclusion { place, .. } => {
                self.rows.insert(path(place));
            }
            Change::AlterEnum { place, .. } => {
                self.rows.extend(
                    super::enums::columns(live, place.schema, place.name)
                        .map(|(schema, table, ..)| (schema.to_owned(), table.to_owned())),
                );
            }
            Change::SetLogged { place, .. } => {
                self.rows.insert(path(place));
            }
            Change::AddIndex { place, .. }
            | Change::AlterIndex { place, .. }
            | Change::AddKey { place, .. }
                if live.table(place.schema, place.name).is_some_and(|table| table.partition.is_some()) =>
            {
                self.rows.insert(path(place));
            }
            _ => {}
        }
    }
}

/// The table that a change works on, if it is one that is there.
fn of_table<'c, 'a>(change: &'c Change<'a>) -> Option<&'c Place<'a>> {
    match change {
        Change::DropTable { place, .. }
        | Change::SetLogged { place, .. }
        | Change::AttachPartition { place, .. }
        | Change::DetachPartition { place, .. }
        | Change::DropPartition { place, .. }
        | Change::AlterPartition { place, .. }
        | Change::AddColumn { place, .. }
        | Change::AlterColumn { place, .. }
        | Change::DropColumn { place, .. }
        | Change::AddKey { place, .. }
        | Change::AlterKey { place, .. }
        | Change::AddIndex { place, .. }
        | Change::AlterIndex { place, .. }
        | Change::AddForeignKey { place, .. }
        | Change::AlterForeignKey { place, .. }
        | Change::AddCheck { place, .. }
        | Change::AlterCheck { place, .. }
        | Change::AddExclusion { place, .. }
        | Change::AlterExclusion { place, .. } => Some(place),
        Change::DropView { place, view } if view.materialized => Some(place),
        _ => None,
    }
}

/// Whether rows that are already there get a value.
pub(super) fn fills_itself(column: &Column) -> bool {
    column.null
        || column.default.is_some()
        || column.generated.is_some()
        || column.identity.is_some()
        || matches!(column.data_type, DataType::Serial(_))
}

/// The types of a column before and after, if they differ, as `format_type` prints them.
pub(super) fn types(before: &Column, after: &Column) -> Option<(String, String)> {
    let (from, to) = (plain(&before.data_type), plain(&after.data_type));
    let differ = match (&before.data_type, &after.data_type) {
        (DataType::Serial(_), _) | (_, DataType::Serial(_)) => from != to,
        (a, b) => !same_type(a, b) || before.collate != after.collate,
    };
    differ.then_some((from, to))
}

/// The type that a column has, whatever its default is.
pub(super) fn plain(data_type: &DataType) -> String {
    match data_type {
        DataType::Serial(SerialSize::Small) => "smallint".to_owned(),
        DataType::Serial(SerialSize::Normal) => "integer".to_owned(),
        DataType::Serial(SerialSize::Big) => "bigint".to_owned(),
        other => Renderer::Normal.data_type(other),
    }
}

const SIZES: &str = "
SELECT sum(leaf.reltuples) FILTER (WHERE leaf.reltuples >= 0)::float8,
       bool_and(leaf.reltuples >= 0 OR pg_relation_size(leaf.oid) = 0)
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY wanted (schema, name, place)
LEFT JOIN pg_namespace n ON n.nspname = wanted.schema
LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind IN ('r', 'p', 'm')
LEFT JOIN LATERAL (
    SELECT c.oid WHERE c.relkind <> 'p'
    UNION ALL SELECT tree.relid FROM pg_partition_tree(c.oid) tree WHERE c.relkind = 'p' AND tree.isleaf
) part (oid) ON true
LEFT JOIN pg_class leaf ON leaf.oid = part.oid
GROUP BY wanted.place ORDER BY wanted.place";

async fn sizes(
    transaction: &Transaction<'_>,
    facts: &mut Facts,
    before: &Before<'_>,
    tables: &HashSet<Path>,
) -> Result<(), DatabaseError> {
    if tables.is_empty() {
        return Ok(());
    }
    let doing = failed("ask for the sizes of tables");
    let tables: Vec<&Path> = tables.iter().collect();
    let (schemas, names): (Vec<String>, Vec<String>) =
        tables.iter().map(|(schema, table)| before.table(schema, table)).unzip();
    let params: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
        [(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)];
    let found = transaction.query_typed(SIZES, &params).await.map_err(&doing)?;
    for (path, row) in tables.into_iter().zip(found) {
        let rows: Option<f64> = row.try_get(0).map_err(&doing)?;
        let known: Option<bool> = row.try_get(1).map_err(&doing)?;
        // A count of rows: never negative, and far below where a float loses digits that matter.
        let rows = rows.map_or(0, |rows| rows as u64);
        facts.rows.insert(path.clone(), known.unwrap_or(false).then_some(rows));
    }
    Ok(())
}

async fn rows(
    transaction: &Transaction<'_>,
    facts: &mut Facts,
    before: &Before<'_>,
    tables: &HashSet<Path>,
) -> Result<(), DatabaseError> {
    let tables: Vec<&Path> = tables.iter().collect();
    if tables.is_empty() {
        return Ok(());
    }
    let doing = failed("look for rows in the tables that change");
    let exists = |path: &&Path| {
        let (schema, table) = before.table(&path.0, &path.1);
        format!("EXISTS (SELECT FROM {})", Renderer::Normal.qualified(&schema, &table))
    };
    let query = format!("SELECT ARRAY[{}]", tables.iter().map(exists).collect::<Vec<_>>().join(", "));
    let row = transaction.query_one(&query, &[]).await.map_err(&doing)?;
    let found: Vec<bool> = row.try_get(0).map_err(&doing)?;
    facts.with_rows =
        tables.into_iter().zip(found).filter(|(_, found)| *found).map(|(path, _)| path.clone()).collect();
    Ok(())
}

async fn sequences(
    transaction: &Transaction<'_>,
    facts: &mut Facts,
    before: &Before<'_>,
    columns: &HashSet<(String, String, String)>,
) -> Result<(), DatabaseError> {
    let doing = failed("ask for the sequences of columns");
    for (schema, table, column) in columns {
        let (at, name) = before.table(schema, table);
        let (path, asked) = (Renderer::Normal.qualified(&at, &name), before.column(schema, table, column));
        let row = transaction.query_one("SELECT pg_get_serial_sequence($1, $2)", &[&path, &asked]).await;
        let found: Option<String> = row.and_then(|row| row.try_get(0)).map_err(&doing)?;
        if let Some(mut sequence) = found {
            // Its schema may have another name by the time the step runs.
            if at != *schema
                && let Some((_, name)) = sequence.rsplit_once('.')
            {
                sequence = format!("{}.{name}", crate::model::quote(schema));
            }
            facts.sequences.insert((schema.clone(), table.clone(), column.clone()), sequence);
        }
    }
    Ok(())
}

const CASTS: &str = "
SELECT CASE
    WHEN source.oid IS NULL OR target.oid IS NULL THEN 'unknown'
    WHEN coalesce(nullif(source.typbasetype, 0), source.oid) = coalesce(nullif(target.typbasetype, 0), target.oid)
        THEN 'assigned'
    WHEN target.typcategory = 'S' AND target.typtype = 'b' THEN 'assigned'
    ELSE coalesce((SELECT CASE castcontext WHEN 'e' THEN 'written' ELSE 'assigned' END FROM pg_cast
                   WHERE castsource = source.oid AND casttarget = target.oid), 'tried')
END
FROM (SELECT to_regtype($1) AS source, to_regtype($2) AS target) wanted
LEFT JOIN pg_type source ON source.oid = wanted.source
LEFT JOIN pg_type target ON target.oid = wanted.target";

async fn cast(transaction: &mut Transaction<'_>, from: &str, to: &str) -> Result<Cast, DatabaseError> {
    let doing = failed("ask how a type is cast to another");
    let params: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
        [(&from, Type::TEXT), (&to, Type::TEXT)];
    let rows = transaction.query_typed(CASTS, &params).await.map_err(&doing)?;
    let found: &str = rows.first().map_or(Ok("unknown"), |row| row.try_get(0)).map_err(&doing)?;
    match found {
        "assigned" => return Ok(Cast::Assigned),
        "written" => return Ok(Cast::Written),
        "unknown" => return Ok(Cast::ThroughText),
        _ => {}
    }
    if is_text(&parts(from).0) {
        return Ok(Cast::Written);
    }
    // Of a null, no function of the types is run; Postgres only looks for a way.
    let attempt = transaction.savepoint("stk_cast").await.map_err(&doing)?;
    let result = attempt.batch_execute(&format!("SELECT NULL::{from}::{to}")).await;
    attempt.rollback().await.map_err(&doing)?;
    match result {
        Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::CANNOT_COERCE) => {
            // An enum can become another by its labels.
            let through_text = "SELECT to_regtype($1)::oid IN (SELECT enumtypid FROM pg_enum)";
            let params: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 1] = [(&to, Type::TEXT)];
            let rows = transaction.query_typed(through_text, &params).await.map_err(&doing)?;
            let is_enum: bool = rows.first().map_or(Ok(false), |row| row.try_get(0)).map_err(&doing)?;
            Ok(if is_enum { Cast::ThroughText } else { Cast::Missing(crate::postgres::describe(&error)) })
        }
        _ => Ok(Cast::Written),
    }
}
