//! A small host over tokio-postgres, and a project made by hand: what files and the Hub would give.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use indexmap::IndexMap;
use postgres_types::{FromSql, IsNull, Kind, ToSql, Type};
use stk_contract::config::{Config, Database as DatabaseConfig, Jwt, SchemaEngine, Ssl, Template};
use stk_contract::manifest::{Checks, Manifest};
use stk_contract::types::PgField;
use stk_contract::{
    Attestation, Code, Hash, LogicPath, LogicProof, LogicSpec, Param, ParamType, PgType, Release,
    ResultColumn, SqlStatement, StatementProof, release::Bind,
};
use stk_runtime::{
    CacheKey, Call, Deployment, Effect, Event, Format, KeySets, Lookup, Reply, Request, SqlFault, SqlWork,
    Writer,
};
use stk_testkit::Database;
use tokio_postgres::Client;

pub const SECRET: &str = "a secret of at least thirty-two bytes";
pub const NOW_MS: u64 = 1_700_000_000_000;

/// A logic of one or several statements with `$n`, bound to params in the order of `params` unless `binds` says.
pub struct LogicFile {
    pub path: &'static str,
    pub spec: LogicSpec,
    pub sql: Vec<(&'static str, Vec<Bind>)>,
}

pub fn param(kind: ParamType) -> Param {
    Param { kind, required: false, default: None, description: None, checks: Checks::default() }
}

pub fn required(kind: ParamType) -> Param {
    Param { required: true, ..param(kind) }
}

pub fn params<const N: usize>(params: [(&str, Param); N]) -> IndexMap<String, Param> {
    params.into_iter().map(|(name, param)| (name.to_owned(), param)).collect()
}

pub fn bind(name: &str) -> Bind {
    Bind::Param(name.to_owned())
}

pub struct Project {
    pub config: Config,
    pub logic: Vec<LogicFile>,
}

impl Project {
    pub fn new(logic: Vec<LogicFile>) -> Project {
        let mut config = Config::default();
        let database = DatabaseConfig {
            url: Template("${DATABASE_URL}".to_owned()),
            migrate: None,
            pool_max: 4,
            pool_acquire_ms: 1000,
            statement_timeout_ms: 10_000,
            ssl: Ssl::Disable,
            rls: false,
            engine: SchemaEngine::Santokit,
        };
        config.databases.insert("main".to_owned(), database);
        config.auth.jwt = Some(Jwt {
            secret: Some(Template("${JWT_SECRET}".to_owned())),
            expires_in_ms: 900_000,
            refresh_expires_in_ms: 1,
        });
        Project { config, logic }
    }

    /// Prepares every statement, as a deploy does.
    pub async fn package(&self, client: &Client) -> (Release, Attestation) {
        let mut release =
            Release { project: "shop".to_owned(), config: self.config.clone(), ..Release::default() };
        let mut proofs = BTreeMap::new();
        release.manifest = Manifest::default();
        for file in &self.logic {
            let path = LogicPath::parse(file.path).unwrap();
            let mut statements = Vec::new();
            let mut proof = LogicProof { read_only: true, ..LogicProof::default() };
            for (text, binds) in &file.sql {
                let prepared = client.prepare(text).await.unwrap_or_else(|error| panic!("{error:?}: {text}"));
                let columns = prepared.columns().iter().map(|column| ResultColumn {
                    name: column.name().to_owned(),
                    pg_type: pg_type(column.type_()),
                    nullable: true,
                    ts_type: file.spec.types.get(column.name()).cloned(),
                });
                proof.read_only &= text.trim_start().starts_with("select");
                proof.statements.push(StatementProof {
                    text: None,
                    params: prepared.params().iter().map(pg_type).collect(),
                    columns: columns.collect(),
                    shareable: proof.read_only,
                });
                statements.push(SqlStatement { text: (*text).to_owned(), binds: binds.clone() });
            }
            release.manifest.logic.insert(path.clone(), file.spec.clone());
            release.code.insert(path.clone(), Code::Sql(statements));
            proofs.insert(path, proof);
        }
        let attestation = Attestation {
            project: "shop".to_owned(),
            env: "test".to_owned(),
            number: 3,
            release: Hash::of(b"release"),
            manifest: Hash::of(b"manifest"),
            schema_fingerprints: BTreeMap::new(),
            logic: proofs,
        };
        (release, attestation)
    }
}

pub fn secrets() -> BTreeMap<String, String> {
    BTreeMap::from([("JWT_SECRET".to_owned(), SECRET.to_owned())])
}

/// A type of the driver as the contract's.
pub fn pg_type(of: &Type) -> PgType {
    match of.kind() {
        Kind::Array(element) => return PgType::Array(Box::new(pg_type(element))),
        Kind::Range(element) => return PgType::Range(Box::new(pg_type(element))),
        Kind::Multirange(element) => return PgType::Multirange(Box::new(pg_type(element))),
        Kind::Domain(base) => return pg_type(base),
        Kind::Enum(labels) => return PgType::Enum { name: of.name().to_owned(), labels: labels.clone() },
        Kind::Composite(fields) => {
            let field = |field: &postgres_types::Field| PgField {
                name: field.name().to_owned(),
                pg_type: pg_type(field.type_()),
            };
            return PgType::Composite {
                name: of.name().to_owned(),
                fields: fields.iter().map(field).collect(),
            };
        }
        _ => {}
    }
    match of.name() {
        "bool" => PgType::Bool,
        "int2" => PgType::Int2,
        "int4" => PgType::Int4,
        "int8" => PgType::Int8,
        "float4" => PgType::Float4,
        "float8" => PgType::Float8,
        "numeric" => PgType::Numeric,
        "text" | "varchar" | "bpchar" | "name" | "char" | "citext" | "xml" | "unknown" => PgType::Text,
        "uuid" => PgType::Uuid,
        "bytea" => PgType::Bytea,
        "date" => PgType::Date,
        "time" => PgType::Time,
        "timetz" => PgType::TimeTz,
        "timestamp" => PgType::Timestamp,
        "timestamptz" => PgType::TimestampTz,
        "interval" => PgType::Interval,
        "json" => PgType::Json,
        "jsonb" => PgType::Jsonb,
        "record" => PgType::Record,
        "_record" => PgType::Array(Box::new(PgType::Record)),
        "void" => PgType::Void,
        other => PgType::Other(other.to_owned()),
    }
}

/// Bytes of a column as they came.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Raw, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[derive(Debug)]
struct Bound(Format, Option<Vec<u8>>);

impl ToSql for Bound {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match &self.1 {
            Some(bytes) => out.extend_from_slice(bytes),
            None => return Ok(IsNull::Yes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> postgres_types::Format {
        if self.0 == Format::Text { postgres_types::Format::Text } else { postgres_types::Format::Binary }
    }

    postgres_types::to_sql_checked!();
}

pub struct Host {
    pub client: Client,
    pub deployment: Arc<Deployment>,
    pub cache: HashMap<CacheKey, Bytes>,
    pub now_ms: u64,
    /// Names of the effects of the last call.
    pub trace: Vec<&'static str>,
    /// What the next look-up answers instead of the cache.
    pub lookup: Option<Lookup>,
    /// What the next runs of SQL answer instead of the database.
    pub faults: Vec<SqlFault>,
    pub key_set: Option<String>,
}

impl Host {
    pub async fn new(schema: &str, project: Project) -> Host {
        let database = Database::with(schema).await;
        let client = database.connect().await;
        let (release, attestation) = project.package(&client).await;
        let deployment =
            Deployment::load(release, attestation, &secrets(), Arc::new(KeySets::new())).expect("it loads");
        Host {
            client,
            deployment: Arc::new(deployment),
            cache: HashMap::new(),
            now_ms: NOW_MS,
            trace: Vec::new(),
            lookup: None,
            faults: Vec::new(),
            key_set: None,
        }
    }

    /// `POST /call/PATH` with params and perhaps a token.
    pub async fn call(&mut self, path: &str, params: &str, token: Option<&str>) -> Reply {
        let path = format!("/call/{path}");
        let authorization = token.map(|token| format!("Bearer {token}"));
        self.request(&Request { authorization: authorization.as_deref(), ..post(&path, params, self.now_ms) })
            .await
    }

    pub async fn request(&mut self, request: &Request<'_>) -> Reply {
        let (mut call, mut effect) = Call::start(&self.deployment.clone(), request);
        self.trace.clear();
        let mut answer = None;
        loop {
            let event = match effect {
                Effect::FetchKeys { .. } => {
                    self.trace.push("fetch");
                    let fault = stk_runtime::KeysFault("down".to_owned());
                    Event::Keys(self.key_set.clone().map(Bytes::from).ok_or(fault))
                }
                Effect::LookUp(look_up) => {
                    self.trace.push("look up");
                    let hit = || self.cache.get(&look_up.key).cloned();
                    let fresh = |body| Lookup::Fresh { body, age_ms: 0 };
                    Event::Cache(self.lookup.take().unwrap_or_else(|| hit().map_or(Lookup::Miss, fresh)))
                }
                Effect::Sql { work, .. } => {
                    self.trace.push("sql");
                    Event::Sql(match self.faults.pop() {
                        Some(fault) => Err(fault),
                        None => self.run(&work).await,
                    })
                }
                Effect::Store(entry) => {
                    self.trace.push("store");
                    self.cache.insert(entry.key, entry.body);
                    Event::Stored
                }
                Effect::Purge { .. } => {
                    self.trace.push("purge");
                    Event::Purged
                }
                Effect::Reply(reply) => {
                    self.trace.push("reply");
                    answer = Some(reply);
                    Event::Replied
                }
                Effect::Done => return answer.expect("every call is answered"),
                other => panic!("not of a call of SQL: {other:?}"),
            };
            effect = call.step(event, self.now_ms);
        }
    }

    async fn run(&self, work: &SqlWork) -> Result<Bytes, SqlFault> {
        if work.transaction.is_some() {
            self.client.batch_execute("begin").await.map_err(fault)?;
        }
        let result = self.run_statements(work).await;
        if work.transaction.is_some() {
            let end = if result.is_ok() { "commit" } else { "rollback" };
            self.client.batch_execute(end).await.map_err(fault)?;
        }
        result
    }

    async fn run_statements(&self, work: &SqlWork) -> Result<Bytes, SqlFault> {
        let mut writer = work.writer();
        let last = work.statements.len() - 1;
        for (index, call) in work.statements.iter().enumerate() {
            let bound: Vec<Bound> =
                call.params.iter().map(|(format, value)| Bound(format, value.map(<[u8]>::to_vec))).collect();
            let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|bound| bound as _).collect();
            let rows = self.client.query(&*call.statement.text, &bound).await.map_err(fault)?;
            for row in rows.iter().filter(|_| index == last) {
                push(&mut writer, row)?;
            }
        }
        Ok(writer.finish()?)
    }
}

fn push(writer: &mut Writer, row: &tokio_postgres::Row) -> Result<(), SqlFault> {
    let values: Vec<Option<Raw>> = (0..row.len()).map(|index| row.get(index)).collect();
    Ok(writer.push(values.iter().map(|value| value.as_ref().map(|raw| raw.0.as_slice())))?)
}

fn fault(error: tokio_postgres::Error) -> SqlFault {
    let error = error.as_db_error().unwrap_or_else(|| panic!("{error:?}"));
    SqlFault::Database {
        sqlstate: error.code().code().to_owned(),
        message: error.message().to_owned(),
        constraint: error.constraint().map(str::to_owned),
        column: error.column().map(str::to_owned),
    }
}

pub fn post<'a>(path: &'a str, body: &'a str, now_ms: u64) -> Request<'a> {
    Request {
        method: "POST",
        path,
        query: None,
        content_type: Some("application/json"),
        authorization: None,
        headers: &(),
        body: body.as_bytes(),
        request_id: "r1",
        now_ms,
    }
}

pub fn body(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).expect("bodies are UTF-8")
}

/// The code of a problem.
pub fn code(reply: &Reply) -> &'static str {
    reply.code.map_or("", |code| code.code())
}
