//! Column types: the dialect's type words, and how a type is held in the model.
//!
//! Whether Postgres accepts the arguments (`varchar(-1)`) is left to Postgres; their number is checked here.

/// The type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataType {
    /// SQL text: as written in a declared model, as `format_type` prints it in a normal one.
    Sql(String),
    /// An enum of a managed schema.
    Enum { schema: String, name: String },
    /// A domain of a managed schema.
    Domain { schema: String, name: String },
    /// A composite of a managed schema.
    Composite { schema: String, name: String },
    /// An integer whose default comes from a sequence that the column owns.
    Serial(SerialSize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SerialSize {
    Small,
    Normal,
    Big,
}

impl SerialSize {
    pub fn as_sql(self) -> &'static str {
        match self {
            SerialSize::Small => "smallserial",
            SerialSize::Normal => "serial",
            SerialSize::Big => "bigserial",
        }
    }
}

/// A type word: its SQL, and how many integer arguments may follow it.
struct TypeWord {
    word: &'static str,
    sql: &'static str,
    arguments_max: usize,
}

const fn plain(word: &'static str) -> TypeWord {
    TypeWord { word, sql: word, arguments_max: 0 }
}

const fn spelled(word: &'static str, sql: &'static str, arguments_max: usize) -> TypeWord {
    TypeWord { word, sql, arguments_max }
}

const fn sized(word: &'static str, arguments_max: usize) -> TypeWord {
    TypeWord { word, sql: word, arguments_max }
}

const TYPE_WORDS: &[TypeWord] = &[
    sized("bit", 1),
    spelled("bit_varying", "bit varying", 1),
    sized("varbit", 1),
    sized("varchar", 1),
    spelled("character_varying", "character varying", 1),
    sized("char", 1),
    sized("character", 1),
    sized("bpchar", 1),
    plain("text"),
    plain("name"),
    plain("int2"),
    plain("int4"),
    plain("int8"),
    plain("int"),
    plain("integer"),
    plain("smallint"),
    plain("bigint"),
    plain("bool"),
    plain("boolean"),
    plain("bytea"),
    plain("uuid"),
    plain("json"),
    plain("jsonb"),
    plain("jsonpath"),
    plain("xml"),
    plain("money"),
    plain("hstore"),
    plain("cidr"),
    plain("inet"),
    plain("macaddr"),
    plain("macaddr8"),
    plain("box"),
    plain("circle"),
    plain("line"),
    plain("lseg"),
    plain("path"),
    plain("point"),
    plain("polygon"),
    plain("date"),
    sized("time", 1),
    sized("timetz", 1),
    sized("timestamp", 1),
    sized("timestamptz", 1),
    sized("interval", 1),
    spelled("year", "interval year", 0),
    spelled("month", "interval month", 0),
    spelled("day", "interval day", 0),
    spelled("hour", "interval hour", 0),
    spelled("minute", "interval minute", 0),
    spelled("second", "interval second", 1),
    spelled("year_to_month", "interval year to month", 0),
    spelled("day_to_hour", "interval day to hour", 0),
    spelled("day_to_minute", "interval day to minute", 0),
    spelled("day_to_second", "interval day to second", 1),
    spelled("hour_to_minute", "interval hour to minute", 0),
    spelled("hour_to_second", "interval hour to second", 1),
    spelled("minute_to_second", "interval minute to second", 1),
    plain("real"),
    sized("float", 1),
    plain("float4"),
    plain("float8"),
    spelled("double_precision", "double precision", 0),
    sized("numeric", 2),
    sized("decimal", 2),
    plain("tsvector"),
    plain("tsquery"),
    plain("int4range"),
    plain("int8range"),
    plain("numrange"),
    plain("tsrange"),
    plain("tstzrange"),
    plain("daterange"),
    plain("int4multirange"),
    plain("int8multirange"),
    plain("nummultirange"),
    plain("tsmultirange"),
    plain("tstzmultirange"),
    plain("datemultirange"),
    plain("xid"),
    plain("xid8"),
    plain("oid"),
    plain("pg_lsn"),
    plain("regclass"),
    plain("regcollation"),
    plain("regconfig"),
    plain("regdictionary"),
    plain("regnamespace"),
    plain("regoper"),
    plain("regoperator"),
    plain("regproc"),
    plain("regprocedure"),
    plain("regrole"),
    plain("regtype"),
    plain("serial"),
    plain("serial2"),
    plain("serial4"),
    plain("serial8"),
    plain("smallserial"),
    plain("bigserial"),
    // What only arguments and results can be.
    plain("trigger"),
    plain("void"),
    plain("record"),
    plain("anyelement"),
    plain("anyarray"),
    plain("anynonarray"),
    plain("anyenum"),
    plain("anyrange"),
    plain("anymultirange"),
    plain("anycompatible"),
    plain("anycompatiblearray"),
    plain("anycompatiblenonarray"),
    plain("anycompatiblerange"),
    plain("anycompatiblemultirange"),
];

/// Why a type word is not a type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TypeFault {
    Unknown,
    /// It takes at most this many arguments.
    Arguments(usize),
}

/// All type words, for "did you mean".
pub(crate) fn type_words() -> impl Iterator<Item = &'static str> {
    TYPE_WORDS.iter().map(|entry| entry.word)
}

pub(crate) fn parse_type(word: &str, arguments: &[i64]) -> Result<DataType, TypeFault> {
    let entry = TYPE_WORDS.iter().find(|entry| entry.word == word).ok_or(TypeFault::Unknown)?;
    if arguments.len() > entry.arguments_max {
        return Err(TypeFault::Arguments(entry.arguments_max));
    }
    Ok(match word {
        "serial2" | "smallserial" => DataType::Serial(SerialSize::Small),
        "serial" | "serial4" => DataType::Serial(SerialSize::Normal),
        "serial8" | "bigserial" => DataType::Serial(SerialSize::Big),
        _ if arguments.is_empty() => DataType::Sql(entry.sql.to_owned()),
        _ => {
            let list = arguments.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            DataType::Sql(format!("{}({list})", entry.sql))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_words_become_sql() {
        let sql = |word, arguments: &[i64]| parse_type(word, arguments);
        assert_eq!(sql("varchar", &[255]), Ok(DataType::Sql("varchar(255)".into())));
        assert_eq!(sql("numeric", &[10, 2]), Ok(DataType::Sql("numeric(10, 2)".into())));
        assert_eq!(sql("day_to_second", &[3]), Ok(DataType::Sql("interval day to second(3)".into())));
        assert_eq!(sql("bigserial", &[]), Ok(DataType::Serial(SerialSize::Big)));
        assert_eq!(sql("text", &[1]), Err(TypeFault::Arguments(0)));
        assert_eq!(sql("varchat", &[]), Err(TypeFault::Unknown));
    }
}
