//! Rows of `indexes.sql`: an index, a key that stands on one, or an exclusion.

use serde::Deserialize;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::constraints::deferrable;
use super::rows::{Fields as _, params};
use super::{Read, Reader};
use crate::diagnostic::Origin;
use crate::model::{
    Exclusion, ExclusionPart, Index, IndexMethod, IndexPart, Key, Term, Unmanaged, quote_literal,
};

#[derive(Deserialize)]
struct PartRow {
    column: Option<String>,
    /// Of a part that is no column.
    expr: Option<String>,
    desc: bool,
    nulls_first: bool,
    ops: Option<String>,
    collate: Option<String>,
    operator: Option<String>,
    ops_options: Option<Vec<String>>,
}

impl Reader<'_> {
    pub(super) fn indexes(&mut self, rows: &[Row]) -> Read {
        for row in rows {
            let oid: u32 = row.try_get(0)?;
            let name: String = row.try_get(1)?;
            match row.optional_text(2)?.as_deref() {
                None => {
                    let Some(index) = self.index(row)? else {
                        self.unmanaged_index(oid, &name, row)?;
                        continue;
                    };
                    if let Some(table) = self.table(oid) {
                        table.indexes.insert(name, index);
                    } else if let Some(view) = self.view(oid) {
                        view.indexes.insert(name, index);
                    }
                }
                Some("x") => {
                    let exclusion = self.exclusion(row)?;
                    if let Some(table) = self.table(oid) {
                        table.exclusions.insert(name, exclusion);
                    }
                }
                Some(kind) => {
                    let key = self.key(&name, row)?;
                    if let Some(table) = self.table(oid) {
                        if kind == "p" {
                            table.primary_key = Some(key);
                        } else {
                            table.uniques.insert(name, key);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn key(&self, name: &str, row: &Row) -> Result<Key, tokio_postgres::Error> {
        let Json(parts): Json<Vec<PartRow>> = parts(row)?;
        Ok(Key {
            name: Some(name.to_owned()),
            columns: parts.into_iter().filter_map(|part| part.column).collect(),
            include: row.try_get(7)?,
            nulls_distinct: !row.try_get::<_, bool>(5)?,
            deferrable: deferrable(row.try_get(11)?, row.try_get(12)?),
            storage_params: params(row.try_get(9)?),
            comment: row.try_get(13)?,
            beyond: Vec::new(),
            renamed_from: None,
            origin: Origin::default(),
        })
    }

    fn exclusion(&self, row: &Row) -> Result<Exclusion, tokio_postgres::Error> {
        let Json(parts): Json<Vec<PartRow>> = parts(row)?;
        let part = |mut part: PartRow| ExclusionPart {
            operator: part.operator.take().map(|text| self.renames.text(text)).unwrap_or_default(),
            part: self.part(part),
        };
        Ok(Exclusion {
            method: IndexMethod::parse(row.try_get(4)?).unwrap_or(IndexMethod::Gist),
            parts: parts.into_iter().map(part).collect(),
            include: row.try_get(7)?,
            predicate: self.sql(row.optional_text(8)?),
            deferrable: deferrable(row.try_get(11)?, row.try_get(12)?),
            storage_params: params(row.try_get(9)?),
            comment: row.try_get(13)?,
            renamed_from: None,
            origin: Origin::default(),
        })
    }

    /// An index whose method an extension brought; no HCL could make it.
    fn unmanaged_index(&mut self, oid: u32, name: &str, row: &Row) -> Read {
        let on = self.tables.get(&oid).or_else(|| self.views.get(&oid));
        if let Some((schema, _)) = on {
            let kind = format!("{} index", row.try_get::<_, String>(4)?);
            self.model.unmanaged.push(Unmanaged { kind, schema: schema.clone(), name: name.to_owned() });
        }
        Ok(())
    }

    /// `None` for one of an unknown method.
    fn index(&self, row: &Row) -> Result<Option<Index>, tokio_postgres::Error> {
        let Json(parts): Json<Vec<PartRow>> = parts(row)?;
        let Some(method) = IndexMethod::parse(row.try_get(4)?) else { return Ok(None) };
        let mut storage_params = params(row.try_get(9)?);
        let pages = storage_params.shift_remove("pages_per_range");
        Ok(Some(Index {
            unique: row.try_get(3)?,
            method,
            parts: parts.into_iter().map(|part| self.part(part)).collect(),
            include: row.try_get(7)?,
            predicate: self.sql(row.optional_text(8)?),
            nulls_distinct: !row.try_get::<_, bool>(5)?,
            pages_per_range: pages.and_then(|pages| pages.parse().ok()),
            storage_params,
            comment: row.try_get(13)?,
            invalid: !row.try_get::<_, bool>(10)?,
            beyond: Vec::new(),
            renamed_from: None,
            origin: Origin::default(),
        }))
    }

    fn part(&self, part: PartRow) -> IndexPart {
        IndexPart {
            term: match part.column {
                Some(column) => Term::Column(column),
                None => Term::Expression(self.renames.text(part.expr.unwrap_or_default())),
            },
            desc: part.desc,
            nulls_first: (part.nulls_first != part.desc).then_some(part.nulls_first),
            ops: part.ops.map(|ops| self.renames.text(ops) + &ops_options(part.ops_options)),
            collate: self.sql(part.collate),
        }
    }
}

/// The parameters of an operator class, from `name=value` each.
fn ops_options(options: Option<Vec<String>>) -> String {
    let Some(options) = options else { return String::new() };
    let option = |option: &String| match option.split_once('=') {
        Some((name, value)) => format!("{name}={}", quote_literal(value)),
        None => option.clone(),
    };
    format!(" ({})", options.iter().map(option).collect::<Vec<_>>().join(", "))
}

fn parts(row: &Row) -> Result<Json<Vec<PartRow>>, tokio_postgres::Error> {
    row.try_get(6)
}
