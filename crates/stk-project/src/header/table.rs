//! The keys of a header.

use crate::shape::{Key, NameRule, Object, Shape};

pub(crate) static SHAPE: Shape = Shape::Object(&HEADER);

pub(super) static HEADER: Object = Object {
    keys: &[
        Key {
            name: "description",
            shape: Shape::Text,
            required: false,
            doc: "What it does; the doc comment in the client's types.",
        },
        Key {
            name: "target",
            shape: Shape::Name(NameRule::Identifier),
            required: false,
            doc: "SQL only: alias of the database. Default: main.",
        },
        Key {
            name: "access",
            shape: Shape::Either(&Shape::Name(NameRule::Role), &Shape::List(&Shape::Name(NameRule::Role))),
            required: false,
            doc: "Who may call: `public`, `authenticated`, a role, or a list of roles. Default: authenticated.",
        },
        Key {
            name: "params",
            shape: Shape::Map { keys: NameRule::Identifier, values: &Shape::Object(&PARAM) },
            required: false,
            doc: "What a call gives; `:name` in SQL.",
        },
        Key {
            name: "returns",
            shape: Shape::Either(
                &Shape::Words(&RETURNS),
                &Shape::Either(&Shape::List(&Shape::Any), &RETURNS_FIELDS),
            ),
            required: false,
            doc: "What a call answers. SQL: `one` row, a row or null (`optional`), rows (`many`, the default), a single \
                  `value`, or `none`. Other logic: a type of TypeScript, a mapping of fields to types, a list with the \
                  type of its elements, or `none`.",
        },
        Key {
            name: "cache",
            shape: Shape::Either(&Shape::Duration, &Shape::Object(&CACHE)),
            required: false,
            doc: "How long an answer may be given again.",
        },
        Key {
            name: "invalidates",
            shape: Shape::List(&Shape::Text),
            required: false,
            doc: "Tags whose cached answers end when this logic succeeds.",
        },
        Key {
            name: "timeout",
            shape: Shape::Duration,
            required: false,
            doc: "How long a call may take. Default: that of `config/limits.yaml`.",
        },
        Key {
            name: "isolate",
            shape: Shape::Choice(&["fresh", "reuse"]),
            required: false,
            doc: "JavaScript only: whether its runtime is kept between calls. Default: fresh.",
        },
        Key {
            name: "secrets",
            shape: Shape::List(&Shape::Name(NameRule::Secret)),
            required: false,
            doc: "Secrets that `context.getSecret` may read.",
        },
        Key {
            name: "types",
            shape: Shape::Map { keys: NameRule::Column, values: &Shape::Text },
            required: false,
            doc: "SQL only: TypeScript types of columns where Postgres' own is not what is meant.",
        },
        Key {
            name: "queries",
            shape: Shape::Map { keys: NameRule::Identifier, values: &Shape::List(&Shape::Text) },
            required: false,
            doc: "WebAssembly only: statements that it gives to `db.query`, by alias, word for word. They are checked \
                  against the database at deploy, and those that only read share connections.",
        },
        Key {
            name: "isolation",
            shape: Shape::Choice(&["read_committed", "repeatable_read", "serializable"]),
            required: false,
            doc: "SQL only: isolation level of several statements. Default: the database's.",
        },
    ],
};

/// Words that `returns` knows for SQL.
pub(super) const RETURNS: [&str; 5] = ["one", "optional", "many", "value", "none"];

static RETURNS_FIELDS: Shape = Shape::Map { keys: NameRule::Column, values: &Shape::Any };

pub(super) static CACHE: Object = Object {
    keys: &[
        Key { name: "ttl", shape: Shape::Duration, required: true, doc: "How long an answer is fresh." },
        Key {
            name: "swr",
            shape: Shape::Duration,
            required: false,
            doc: "How long past that it may still be given while it is refreshed. Default: not at all.",
        },
        Key {
            name: "vary",
            shape: Shape::Choice(&["user", "shared"]),
            required: false,
            doc: "One answer for each user, or one for all. Default: shared where access is public, else user.",
        },
        Key {
            name: "tags",
            shape: Shape::List(&Shape::Text),
            required: false,
            doc: "What `invalidates` of other logic names.",
        },
    ],
};

const TYPE: Shape = Shape::Choice(&[
    "string",
    "int",
    "bigint",
    "float",
    "number",
    "bool",
    "uuid",
    "date",
    "timestamp",
    "json",
    "bytes",
    "array",
    "enum",
]);

const LENGTH: Shape = Shape::Int { min: 0, max: 1_000_000_000 };

/// Everything past the type is the same for a param and for the items of one.
macro_rules! checks {
    ($($key:expr),+ $(,)?) => {
        &[
            $($key,)+
            Key {
                name: "items",
                shape: Shape::Shared("items", &ITEMS),
                required: false,
                doc: "What the elements of an array are.",
            },
            Key {
                name: "values",
                shape: Shape::List(&Shape::Text),
                required: false,
                doc: "The texts of an enum.",
            },
            Key {
                name: "min",
                shape: Shape::Bound,
                required: false,
                doc: "The least value of a number, date or timestamp.",
            },
            Key {
                name: "max",
                shape: Shape::Bound,
                required: false,
                doc: "The greatest value of a number, date or timestamp.",
            },
            Key {
                name: "minLength",
                shape: LENGTH,
                required: false,
                doc: "The fewest characters, bytes or elements.",
            },
            Key {
                name: "maxLength",
                shape: LENGTH,
                required: false,
                doc: "The most characters, bytes or elements.",
            },
            Key {
                name: "pattern",
                shape: Shape::Text,
                required: false,
                doc: "A regular expression that must match somewhere; `^…$` for all of it.",
            },
            Key {
                name: "format",
                shape: Shape::Choice(&["email", "url"]),
                required: false,
                doc: "What a string must look like.",
            },
        ]
    };
}

pub(super) static PARAM: Object = Object {
    keys: checks![
        Key { name: "type", shape: TYPE, required: true, doc: "Its type." },
        Key {
            name: "required",
            shape: Shape::Bool,
            required: false,
            doc: "Whether a call must give it. Default: false.",
        },
        Key {
            name: "default",
            shape: Shape::Any,
            required: false,
            doc: "What stands where a call leaves it out."
        },
        Key {
            name: "description",
            shape: Shape::Text,
            required: false,
            doc: "What it is; for the client's types."
        },
    ],
};

static ITEMS: Object =
    Object { keys: checks![Key { name: "type", shape: TYPE, required: true, doc: "Type of each element." }] };
