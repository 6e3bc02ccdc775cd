//! Sequences that stand by themselves; those of serial and identity columns belong to the column.

use crate::diagnostic::Origin;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// `smallint`, `integer` or `bigint`.
    pub data_type: String,
    pub start: i64,
    pub increment: i64,
    pub min: i64,
    pub max: i64,
    pub cache: i64,
    pub cycle: bool,
    /// Schema, table and column; the sequence goes with the column.
    pub owner: Option<(String, String, String)>,
    pub unlogged: bool,
    pub comment: Option<String>,
    pub renamed_from: Option<String>,
    pub origin: Origin,
}

impl Sequence {
    /// Postgres' defaults for a sequence of `data_type` that counts by `increment`.
    pub fn defaults(data_type: &str, increment: i64) -> Sequence {
        let (least, most) = match data_type {
            "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
            "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let (min, max) = if increment < 0 { (least, -1) } else { (1, most) };
        Sequence {
            data_type: data_type.to_owned(),
            start: if increment < 0 { max } else { min },
            increment,
            min,
            max,
            cache: 1,
            cycle: false,
            owner: None,
            unlogged: false,
            comment: None,
            renamed_from: None,
            origin: Origin::default(),
        }
    }
}
