//! Fills the snapshot: the trees at hand name objects, their definitions name more, until nothing is missing.
//!
//! Reads only catalogs that every role may read.

use std::collections::BTreeSet;

use futures_util::future::try_join4;
use tokio_postgres::{Client, Error, Row, Statement};

use super::{Builtin, Catalog, Function, Relation, RelationKind, TypeFacts};
use crate::statement::nulls;
use crate::statement::tree::{self, Expr, ExprTree, NodeError, Oid, References};

/// The statements that read the catalogs, prepared once a connection.
pub(crate) struct Loader {
    functions: Statement,
    operators: Statement,
    relations: Statement,
    types: Statement,
}

/// 16384 is the first object id that is not given out by initdb.
const FUNCTIONS: &str = "
SELECT p.oid, p.proname::text, p.proisstrict, p.provolatile = 'v',
       p.oid < 16384 AND p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND l.lanname IN ('internal', 'sql'),
       CASE WHEN l.lanname = 'internal' THEN p.prosrc ELSE '' END,
       ARRAY(SELECT f FROM pg_catalog.unnest(ARRAY[a.aggtransfn::oid, a.aggfinalfn::oid, a.aggcombinefn::oid,
             a.aggmtransfn::oid, a.aggminvtransfn::oid, a.aggmfinalfn::oid]) f WHERE f <> 0)
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.oid = ANY($1)";

const OPERATORS: &str = "SELECT oid, oprcode::oid FROM pg_catalog.pg_operator WHERE oid = ANY($1)";

/// A column is free of null where its constraint is valid, and in every table below it too: of those, children by
/// plain inheritance may lack the constraint, and foreign tables do not enforce theirs.
const RELATIONS: &str = "
WITH RECURSIVE tree(root, id) AS (
    SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.oid = ANY($1)
    UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.id
), member AS (
    SELECT t.root, t.id, c.relkind FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.id
), invalid AS (
    SELECT k.conrelid, k.conkey[1] AS attnum FROM pg_catalog.pg_constraint k
    WHERE k.conrelid IN (SELECT id FROM tree) AND k.contype = 'n' AND NOT k.convalidated
)
SELECT c.oid, c.relkind::text,
       EXISTS (SELECT FROM member m WHERE m.root = c.oid AND m.id <> c.oid),
       EXISTS (SELECT FROM member m WHERE m.root = c.oid AND m.relkind = 'f'),
       EXISTS (SELECT FROM member m JOIN pg_catalog.pg_trigger g ON g.tgrelid = m.id
               WHERE m.root = c.oid AND g.tgtype & 7 = 7),
       EXISTS (SELECT FROM member m JOIN pg_catalog.pg_trigger g ON g.tgrelid = m.id
               WHERE m.root = c.oid AND g.tgtype & 19 = 19),
       EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND g.tgtype & 64 = 64),
       EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type <> '1'),
       (SELECT r.ev_action::text FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '1'),
       ARRAY(SELECT a.attnum FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attnotnull AND NOT a.attisdropped
             AND NOT EXISTS (SELECT FROM member m
                             JOIN pg_catalog.pg_attribute b ON b.attrelid = m.id AND b.attname = a.attname
                             LEFT JOIN invalid i ON i.conrelid = b.attrelid AND i.attnum = b.attnum
                             WHERE m.root = c.oid
                             AND (m.relkind = 'f' OR NOT b.attnotnull OR i.conrelid IS NOT NULL))),
       ARRAY(SELECT a.attnum FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attgenerated <> ''),
       ARRAY(SELECT k.conbin::text FROM pg_catalog.pg_constraint k
             WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.convalidated AND NOT k.connoinherit),
       ARRAY(SELECT d.adnum FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a
             ON a.attrelid = d.adrelid AND a.attnum = d.adnum
             WHERE d.adrelid = c.oid ORDER BY d.adnum),
       ARRAY(SELECT d.adbin::text FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a
             ON a.attrelid = d.adrelid AND a.attnum = d.adnum
             WHERE d.adrelid = c.oid ORDER BY d.adnum),
       ARRAY(SELECT p.polqual::text FROM pg_catalog.pg_policy p
             WHERE c.relrowsecurity AND p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL)
FROM pg_catalog.pg_class c WHERE c.oid = ANY($1)";

const TYPES: &str = "
WITH RECURSIVE base(root, id) AS (
    SELECT t.oid, t.oid FROM pg_catalog.pg_type t WHERE t.oid = ANY($1)
    UNION SELECT b.root, t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.id WHERE t.typtype = 'd'
)
SELECT t.oid, t.typinput::oid, t.typoutput::oid,
       EXISTS (SELECT FROM base b JOIN pg_catalog.pg_type d ON d.oid = b.id WHERE b.root = t.oid AND d.typnotnull),
       ARRAY(SELECT k.conbin::text FROM base b JOIN pg_catalog.pg_constraint k ON k.contypid = b.id
             WHERE b.root = t.oid AND k.contype = 'c')
FROM pg_catalog.pg_type t WHERE t.oid = ANY($1)";

impl Loader {
    pub(crate) async fn prepare(client: &Client) -> Result<Loader, Error> {
        let (functions, operators, relations, types) = try_join4(
            client.prepare(FUNCTIONS),
            client.prepare(OPERATORS),
            client.prepare(RELATIONS),
            client.prepare(TYPES),
        )
        .await?;
        Ok(Loader { functions, operators, relations, types })
    }

    /// Adds what `references` name, and what that names in turn.
    pub(crate) async fn load(
        &self,
        client: &Client,
        catalog: &mut Catalog,
        references: &[&References],
    ) -> Result<(), Error> {
        let mut wanted = Wanted::default();
        references.iter().for_each(|references| wanted.add(references));
        loop {
            wanted.drop_known(catalog);
            if wanted.is_empty() {
                return Ok(());
            }
            let (functions, operators, relations, types) = wanted.take();
            let (function_rows, operator_rows, relation_rows, type_rows) = try_join4(
                client.query(&self.functions, &[&functions]),
                client.query(&self.operators, &[&operators]),
                client.query(&self.relations, &[&relations]),
                client.query(&self.types, &[&types]),
            )
            .await?;
            // What is not found, dropped a moment ago, is remembered as unknown.
            catalog.functions.extend(functions.into_iter().map(|id| (id, None)));
            catalog.operators.extend(operators.into_iter().map(|id| (id, 0)));
            catalog.relations.extend(relations.into_iter().map(|id| (id, None)));
            catalog.types.extend(types.into_iter().map(|id| (id, None)));
            for row in &function_rows {
                let function = read_function(row)?;
                wanted.functions.extend(&function.parts);
                catalog.functions.insert(row.try_get(0)?, Some(function));
            }
            for row in &operator_rows {
                let code: Oid = row.try_get(1)?;
                wanted.functions.insert(code);
                catalog.operators.insert(row.try_get(0)?, code);
            }
            for row in &relation_rows {
                let relation = read_relation(row, &mut wanted)?;
                catalog.relations.insert(row.try_get(0)?, Some(relation));
            }
            for row in &type_rows {
                let facts = read_type(row, &mut wanted)?;
                catalog.types.insert(row.try_get(0)?, Some(facts));
            }
        }
    }
}

#[derive(Default)]
struct Wanted {
    functions: BTreeSet<Oid>,
    operators: BTreeSet<Oid>,
    relations: BTreeSet<Oid>,
    types: BTreeSet<Oid>,
}

impl Wanted {
    fn add(&mut self, references: &References) {
        self.functions.extend(&references.functions);
        self.operators.extend(&references.operators);
        self.relations.extend(&references.relations);
        self.types.extend(&references.types);
    }

    fn add_all(&mut self, trees: &[ExprTree]) {
        trees.iter().for_each(|tree| self.add(&tree.references));
    }

    fn drop_known(&mut self, catalog: &Catalog) {
        self.functions.retain(|id| *id != 0 && !catalog.functions.contains_key(id));
        self.operators.retain(|id| !catalog.operators.contains_key(id));
        self.relations.retain(|id| !catalog.relations.contains_key(id));
        self.types.retain(|id| !catalog.types.contains_key(id));
    }

    fn is_empty(&self) -> bool {
        self.functions.is_empty()
            && self.operators.is_empty()
            && self.relations.is_empty()
            && self.types.is_empty()
    }

    fn take(&mut self) -> (Vec<Oid>, Vec<Oid>, Vec<Oid>, Vec<Oid>) {
        let list = |set: &mut BTreeSet<Oid>| std::mem::take(set).into_iter().collect();
        (
            list(&mut self.functions),
            list(&mut self.operators),
            list(&mut self.relations),
            list(&mut self.types),
        )
    }
}

fn read_function(row: &Row) -> Result<Function, Error> {
    let builtin: bool = row.try_get(4)?;
    let builtin = match builtin {
        true => Some(Builtin { name: row.try_get(1)?, source: row.try_get(5)? }),
        false => None,
    };
    Ok(Function { builtin, strict: row.try_get(2)?, volatile: row.try_get(3)?, parts: row.try_get(6)? })
}

fn read_relation(row: &Row, wanted: &mut Wanted) -> Result<Relation, Error> {
    let kind: &str = row.try_get(1)?;
    let view: Option<&str> = row.try_get(8)?;
    let view = view.and_then(|text| tree::read_query(text).ok());
    if let Some(view) = &view {
        wanted.add(&view.references);
    }
    let mut not_null: BTreeSet<i16> = row.try_get::<_, Vec<i16>>(9)?.into_iter().collect();
    let foreign: bool = row.try_get(3)?;
    let checks: Vec<&str> = row.try_get(11)?;
    if !foreign {
        let checks = checks.into_iter().filter_map(|text| tree::read_expr(text).ok());
        not_null.extend(checks.flat_map(|check| nulls::columns_proved_by_check(&check.expr)));
    }
    let numbers: Vec<i16> = row.try_get(12)?;
    let texts: Vec<&str> = row.try_get(13)?;
    let mut relation = Relation {
        kind: match kind {
            "r" | "p" => RelationKind::Table,
            "v" => RelationKind::View,
            "m" => RelationKind::MaterializedView,
            _ => RelationKind::Other,
        },
        not_null,
        view,
        before_insert: row.try_get(4)?,
        before_update: row.try_get(5)?,
        instead_of: row.try_get(6)?,
        rules: row.try_get(7)?,
        children: row.try_get(2)?,
        foreign,
        policies: read_all(row.try_get(14)?).ok(),
        ..Relation::default()
    };
    let generated: Vec<i16> = row.try_get(10)?;
    for (number, text) in numbers.into_iter().zip(texts) {
        let tree = tree::read_expr(text).ok();
        wanted.add_all(tree.as_slice());
        let of = if generated.contains(&number) { &mut relation.generated } else { &mut relation.defaults };
        // One we can not read is one we can not judge: it may be null.
        of.insert(number, tree.map_or(Expr::Other(Vec::new()), |tree| tree.expr));
    }
    wanted.add_all(relation.policies.as_deref().unwrap_or_default());
    Ok(relation)
}

fn read_type(row: &Row, wanted: &mut Wanted) -> Result<TypeFacts, Error> {
    let checks = read_all(row.try_get(4)?).ok();
    let proved = checks.iter().flatten().any(|check| nulls::value_proved_by_check(&check.expr));
    wanted.add_all(checks.as_deref().unwrap_or_default());
    let (input, output) = (row.try_get(1)?, row.try_get(2)?);
    wanted.functions.extend([input, output]);
    let refuses_null: bool = row.try_get(3)?;
    Ok(TypeFacts { refuses_null: refuses_null || proved, input, output, checks })
}

fn read_all(texts: Vec<&str>) -> Result<Vec<ExprTree>, NodeError> {
    texts.into_iter().map(tree::read_expr).collect()
}
