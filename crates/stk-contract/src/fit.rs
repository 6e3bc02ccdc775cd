//! Which Postgres types a declared param may be bound as, and which a Server reads in binary.
//!
//! The Hub refuses at deploy what these refuse, and the runtime relies on it.

use crate::manifest::ParamType;
use crate::release::Bind;
use crate::types::PgType;

/// Built-in types whose binary form a Server writes as the very text that Postgres gives. The text of the rest
/// depends on the catalog or on settings.
const OTHER_BINARY: [&str; 24] = [
    "oid",
    "xid",
    "xid8",
    "cid",
    "tid",
    "pg_lsn",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "bit",
    "varbit",
    "point",
    "lseg",
    "path",
    "box",
    "polygon",
    "line",
    "circle",
    "tsvector",
    "tsquery",
    "jsonpath",
    "refcursor",
    "xml",
];

/// Whether some value of the declared type can be bound as the inferred one. A single value may still be refused:
/// out of range, or not of the form.
///
/// What JSON writes as a string may be bound as text; a number may not, because that hides a mistaken comparison.
pub fn fits(param: &ParamType, pg: &PgType) -> bool {
    use ParamType as P;
    use PgType as T;
    match (param, pg) {
        (
            P::String,
            T::Text
            | T::Uuid
            | T::Time
            | T::TimeTz
            | T::Interval
            | T::Other(_)
            | T::Enum { .. }
            | T::Range(_)
            | T::Multirange(_),
        )
        | (P::Int, T::Int2 | T::Int4 | T::Int8 | T::Float4 | T::Float8 | T::Numeric)
        | (P::Bigint, T::Int2 | T::Int4 | T::Int8 | T::Numeric)
        | (P::Float | P::Number, T::Float4 | T::Float8 | T::Numeric)
        | (P::Bool, T::Bool)
        | (P::Uuid, T::Uuid | T::Text)
        | (P::Date, T::Date | T::Timestamp | T::TimestampTz | T::Text)
        | (P::Timestamp, T::Timestamp | T::TimestampTz | T::Text)
        | (P::Json | P::Array(_), T::Json | T::Jsonb)
        | (P::Bytes, T::Bytea)
        | (P::Enum(_), T::Text) => true,
        (P::Int, T::Other(name)) => name == "oid",
        (P::Enum(values), T::Enum { labels, .. }) => values.iter().all(|value| labels.contains(value)),
        // Postgres does not tell arrays by their dimensions: an array of arrays is of the same type.
        (P::Array(items), T::Array(element)) => match &items.kind {
            nested @ P::Array(_) => fits(nested, pg),
            kind => fits(kind, element),
        },
        _ => false,
    }
}

/// Whether what a bind stands for can be bound as the inferred type, where it is of the caller's identity. Params
/// are for [`fits`].
pub fn identity_fits(bind: &Bind, pg: &PgType) -> bool {
    match bind {
        Bind::Param(_) => true,
        Bind::UserId => {
            matches!(pg, PgType::Text | PgType::Uuid | PgType::Int2 | PgType::Int4 | PgType::Int8)
        }
        Bind::UserEmail => *pg == PgType::Text,
        Bind::UserRoles => matches!(pg, PgType::Array(element) if **element == PgType::Text),
    }
}

/// Whether a Server reads a result column of this type in binary. The Hub casts the others: arrays to `text[]`,
/// everything else to `text`; their JSON form is a string, or an array of strings.
pub fn has_binary_form(pg: &PgType) -> bool {
    match pg {
        PgType::Other(name) => OTHER_BINARY.contains(&name.as_str()),
        PgType::Array(element) => !matches!(**element, PgType::Array(_)) && has_binary_form(element),
        PgType::Composite { fields, .. } => fields.iter().all(|field| has_binary_form(&field.pg_type)),
        PgType::Range(element) | PgType::Multirange(element) => is_range_element(element),
        _ => true,
    }
}

/// Types whose text inside a range depends on no setting.
fn is_range_element(pg: &PgType) -> bool {
    match pg {
        PgType::Array(_)
        | PgType::Composite { .. }
        | PgType::Record
        | PgType::Range(_)
        | PgType::Multirange(_) => false,
        PgType::Interval | PgType::Bytea | PgType::Void => false,
        PgType::Other(_) => has_binary_form(pg),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Checks, Items};

    fn array(kind: ParamType) -> ParamType {
        ParamType::Array(Box::new(Items { kind, checks: Checks::default() }))
    }

    #[test]
    fn numbers_are_not_text_and_text_is_not_a_number() {
        assert!(fits(&ParamType::Int, &PgType::Int2));
        assert!(!fits(&ParamType::Int, &PgType::Text));
        assert!(!fits(&ParamType::String, &PgType::Int4));
        assert!(!fits(&ParamType::Float, &PgType::Int8));
        assert!(!fits(&ParamType::Int, &PgType::Uuid));
    }

    #[test]
    fn an_enum_fits_where_the_database_knows_each_value() {
        let labels =
            PgType::Enum { name: "mood".to_owned(), labels: vec!["sad".to_owned(), "ok".to_owned()] };
        assert!(fits(&ParamType::Enum(vec!["ok".to_owned()]), &labels));
        assert!(!fits(&ParamType::Enum(vec!["glad".to_owned()]), &labels));
    }

    #[test]
    fn arrays_fit_by_their_elements_or_as_json() {
        let ints = PgType::Array(Box::new(PgType::Int4));
        assert!(fits(&array(ParamType::Int), &ints));
        assert!(fits(&array(array(ParamType::Int)), &ints));
        assert!(!fits(&array(ParamType::Uuid), &ints));
        assert!(!fits(&ParamType::Int, &ints));
        assert!(fits(&array(ParamType::Int), &PgType::Jsonb));
    }

    #[test]
    fn types_whose_text_depends_on_settings_have_no_binary_form() {
        for name in ["money", "regclass", "hstore"] {
            assert!(!has_binary_form(&PgType::Other(name.to_owned())), "{name}");
            assert!(!has_binary_form(&PgType::Array(Box::new(PgType::Other(name.to_owned())))), "{name}[]");
        }
        assert!(has_binary_form(&PgType::Other("inet".to_owned())));
        assert!(has_binary_form(&PgType::Range(Box::new(PgType::TimestampTz))));
    }
}
