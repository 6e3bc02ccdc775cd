//! The catalog's fingerprint with its parts: one hash an object, so that drift can be told by name.
//!
//! The facts are those of `fingerprint.sql`; nothing more is read, and nothing is understood.

use std::collections::BTreeMap;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};

use crate::fingerprint::FINGERPRINT;
use crate::postgres::{CANONICAL, DatabaseError, failed};

/// What the managed schemas held at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// What [`crate::fingerprint()`] gives.
    pub fingerprint: String,
    /// Each object, such as `public.users` or `type public.mood`, and a hash of its facts. Columns, indexes and
    /// constraints are facts of their table.
    pub objects: BTreeMap<String, String>,
}

/// Takes the place of the last SELECT of `fingerprint.sql`.
const BY_OBJECT: &str = r#"
SELECT GROUPING(object) = 1, object,
       encode(sha256(convert_to(coalesce(string_agg(line::text, E'\n' ORDER BY line::text COLLATE "C"), ''), 'UTF8')),
              'hex')
FROM (
    SELECT line, CASE line->>0
        WHEN 'schema' THEN 'schema ' || quote_ident(line->>1)
        WHEN 'extension' THEN 'extension ' || quote_ident(line->>1)
        WHEN 'index' THEN coalesce(substring(line->>1 from ' ON (?:ONLY )?(.+?) USING '), line->>1)
        WHEN 'type' THEN format('type %I.%I', line->>1, line->>2)
        WHEN 'function' THEN format('function %I.%I(%s)', line->>1, line->>2, line->>3)
        ELSE format('%I.%I', line->>1, line->>2)
    END AS object
    FROM fact
) AS facts
GROUP BY GROUPING SETS ((object), ())"#;

/// How much of a part's hash is kept: enough to see a change, not to prove anything.
const PART_DIGITS: usize = 16;

/// The snapshot of `schemas`. One query.
///
/// # Errors
/// Whatever Postgres or the connection answers.
pub async fn snapshot(client: &mut Client, schemas: &[String]) -> Result<Snapshot, DatabaseError> {
    let mut transaction = client.transaction().await.map_err(failed("begin reading the catalog"))?;
    snapshot_within(&mut transaction, schemas).await
}

/// The same within a transaction, whose settings stay as they were.
pub(crate) async fn snapshot_within(
    transaction: &mut Transaction<'_>,
    schemas: &[String],
) -> Result<Snapshot, DatabaseError> {
    let doing = failed("take the catalog's fingerprint");
    let (facts, _) = FINGERPRINT.rsplit_once("\nSELECT ").expect("fingerprint.sql ends with a SELECT");
    let inner = transaction.transaction().await.map_err(&doing)?;
    inner.batch_execute(CANONICAL).await.map_err(&doing)?;
    let query = format!("{facts}{BY_OBJECT}");
    let rows = inner.query_typed(&query, &[(&schemas, Type::TEXT_ARRAY)]).await.map_err(&doing)?;
    inner.rollback().await.map_err(&doing)?;
    let mut snapshot = Snapshot::default();
    for row in rows {
        let mut hash: String = row.try_get(2).map_err(&doing)?;
        if row.try_get(0).map_err(&doing)? {
            snapshot.fingerprint = hash;
        } else {
            hash.truncate(PART_DIGITS);
            let object: Option<String> = row.try_get(1).map_err(&doing)?;
            snapshot.objects.insert(object.unwrap_or_default(), hash);
        }
    }
    Ok(snapshot)
}

/// How one list of objects became another, a line each: `public.users has changed`.
pub(crate) fn differences(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<(String, &'static str)> {
    let mut found: Vec<(String, &'static str)> = Vec::new();
    for (object, hash) in before {
        match after.get(object) {
            None => found.push((object.clone(), "is gone")),
            Some(other) if other != hash => found.push((object.clone(), "has changed")),
            Some(_) => {}
        }
    }
    found
        .extend(after.keys().filter(|object| !before.contains_key(*object)).map(|it| (it.clone(), "is new")));
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_what_is_new_gone_and_changed() {
        let list = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let before = list(&[("public.a", "1"), ("public.b", "1"), ("public.c", "1")]);
        let after = list(&[("public.a", "1"), ("public.b", "2"), ("public.d", "1")]);
        let found = differences(&before, &after);
        let words: Vec<String> = found.iter().map(|(object, how)| format!("{object} {how}")).collect();
        assert_eq!(words, ["public.b has changed", "public.c is gone", "public.d is new"]);
        assert_eq!(differences(&after, &after), []);
    }
}
