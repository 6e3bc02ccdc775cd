//! `config/databases.yaml`: one entry for each alias.

use stk_contract::config::{Database, SchemaEngine, Ssl, Template};

use crate::code::Code;
use crate::config::{ConfigRead, Document};
use crate::shape::{Fields, Key, NameRule, Object, Shape};
use crate::text::Position;
use crate::yaml::Node;

pub(super) static SHAPE: Shape = Shape::Map { keys: NameRule::Identifier, values: &Shape::Object(&DATABASE) };

static DATABASE: Object = Object {
    keys: &[
        Key {
            name: "url",
            shape: Shape::Template,
            required: true,
            doc: "Address of the database for the Server, whose role reads and writes data only.",
        },
        Key {
            name: "migrate",
            shape: Shape::HubTemplate,
            required: false,
            doc: "Address for the Hub, whose role changes the schema. Default: `url`.",
        },
        Key {
            name: "pool",
            shape: Shape::Object(&POOL),
            required: false,
            doc: "Connections of each Server.",
        },
        Key {
            name: "statement_timeout",
            shape: Shape::Duration,
            required: false,
            doc: "How long one statement may run. Default: 10s.",
        },
        Key {
            name: "ssl",
            shape: Shape::Choice(&["disable", "prefer", "require", "verify-full"]),
            required: false,
            doc: "Encryption of the connection. Default: prefer.",
        },
        Key {
            name: "rls",
            shape: Shape::Bool,
            required: false,
            doc: "Whether the caller's identity is given to row level security. Default: false.",
        },
        Key {
            name: "engine",
            shape: Shape::Choice(&["santokit", "atlas"]),
            required: false,
            doc: "What plans and applies the schema. Default: santokit.",
        },
    ],
};

static POOL: Object = Object {
    keys: &[
        Key {
            name: "max",
            shape: Shape::Int { min: 1, max: 10_000 },
            required: false,
            doc: "The most connections of a Server. Default: 10.",
        },
        Key {
            name: "acquire",
            shape: Shape::Duration,
            required: false,
            doc: "How long a call waits for a free connection. Default: 2s.",
        },
    ],
};

const SSL: [(&str, Ssl); 4] = [
    ("disable", Ssl::Disable),
    ("prefer", Ssl::Prefer),
    ("require", Ssl::Require),
    ("verify-full", Ssl::VerifyFull),
];

const ENGINES: [(&str, SchemaEngine); 2] =
    [("santokit", SchemaEngine::Santokit), ("atlas", SchemaEngine::Atlas)];

pub(super) fn read(document: &mut Document<'_>, read: &mut ConfigRead) {
    let Some(mapping) = document.root.map() else {
        read.aliases = None;
        return;
    };
    for entry in mapping.entries() {
        if let Some(aliases) = &mut read.aliases {
            aliases.insert(entry.key.clone(), entry.key_at);
        }
        let database = database(document, &entry.key, entry.key_at, &entry.value);
        read.config.databases.insert(entry.key.clone(), database);
    }
}

fn database(document: &mut Document<'_>, alias: &str, at: Position, node: &Node) -> Database {
    let fields = Fields::of(Some(node), &DATABASE);
    let pool = fields.object("pool");
    for key in ["url", "migrate"] {
        check_url(document, fields.node(key));
    }
    if node.map().is_some() && fields.node("migrate").is_none() {
        document
            .findings
            .add(
                Code::ConfigMigrateMissing,
                at,
                format!("`{alias}` has no `migrate`, so the schema is changed with the role of `url`"),
            )
            .hint("give the Hub a role of its own, and take DDL rights from the Server's");
    }
    Database {
        url: fields.template("url").unwrap_or(Template(String::new())),
        migrate: fields.template("migrate"),
        pool_max: pool.and_then(|pool| pool.int("max")).unwrap_or(10),
        pool_acquire_ms: pool.and_then(|pool| pool.duration_ms("acquire")).unwrap_or(2_000),
        statement_timeout_ms: fields.duration_ms("statement_timeout").unwrap_or(10_000),
        ssl: fields.choice("ssl", &SSL).unwrap_or(Ssl::Prefer),
        rls: fields.bool("rls").unwrap_or(false),
        engine: fields.choice("engine", &ENGINES).unwrap_or(SchemaEngine::Santokit),
    }
}

/// An address that begins literally must begin as Postgres' do.
fn check_url(document: &mut Document<'_>, node: Option<&Node>) {
    let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else { return };
    let good = ["postgres://", "postgresql://", "${"].iter().any(|start| text.starts_with(start));
    if !good && !text.trim().is_empty() {
        document
            .findings
            .add(Code::ConfigInvalidValue, node.at, "this is not the address of a Postgres database")
            .hint("write `${DATABASE_URL}`, or `postgres://USER:${PASSWORD}@HOST/DATABASE`");
        document.findings.hide(node.at, node.end);
    }
}
