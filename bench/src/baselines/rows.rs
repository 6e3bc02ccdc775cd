//! Rows and params of the baselines, as structs.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Json, Type};

#[derive(Debug, Deserialize)]
pub struct Key {
    pub id: i64,
}

#[derive(Debug, Deserialize)]
pub struct Page {
    pub after: i64,
}

#[derive(Debug, Deserialize)]
pub struct Event {
    pub kind: String,
    pub amount: i32,
    pub payload: Box<RawValue>,
}

#[derive(Debug, Serialize)]
pub struct EventId {
    id: i64,
}

#[derive(Debug, Serialize)]
pub struct Item {
    id: i64,
    name: String,
    email: String,
    quantity: i32,
    score: f64,
    active: bool,
    created_at: Timestamp,
    meta: Box<RawValue>,
}

impl From<Row> for Item {
    fn from(row: Row) -> Item {
        let Json(meta) = row.get(7);
        Item {
            id: row.get(0),
            name: row.get(1),
            email: row.get(2),
            quantity: row.get(3),
            score: row.get(4),
            active: row.get(5),
            created_at: row.get(6),
            meta,
        }
    }
}

impl From<Row> for EventId {
    fn from(row: Row) -> EventId {
        EventId { id: row.get(0) }
    }
}

/// A timestamptz, written as RFC 3339 in UTC.
#[derive(Debug, Serialize)]
struct Timestamp(jiff::Timestamp);

impl<'a> FromSql<'a> for Timestamp {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Timestamp, Box<dyn std::error::Error + Sync + Send>> {
        /// 2000-01-01, from which Postgres counts microseconds.
        const EPOCH: jiff::Timestamp = jiff::Timestamp::constant(946_684_800, 0);
        let microseconds = i64::from_be_bytes(raw.try_into()?);
        Ok(Timestamp(EPOCH.checked_add(SignedDuration::from_micros(microseconds))?))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }
}
