//! Effects, events and requests as frames of JSON and bytes.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    CacheKey, Effect, Event, Format, KeysFault, Lookup, Reply, Request, RunFault, SqlFault, SqlWork,
};

/// Every frame of the input; a cut-off end is left out.
pub(super) fn each_frame(mut input: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = input.split_first_chunk::<4>()?;
        let (frame, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        input = rest;
        Some(frame)
    })
}

/// Exactly `N` frames.
pub(super) fn frames<const N: usize>(input: &[u8]) -> Option<[&[u8]; N]> {
    each_frame(input).collect::<Vec<_>>().try_into().ok()
}

pub(super) fn output(head: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(head.len() + bytes.len() + 8);
    for frame in [head, bytes] {
        output.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        output.extend_from_slice(frame);
    }
    output
}

#[derive(Deserialize)]
pub(super) struct RequestHead {
    method: String,
    path: String,
    query: Option<String>,
    content_type: Option<String>,
    authorization: Option<String>,
    /// Names in lower case.
    #[serde(default)]
    headers: Vec<(String, String)>,
    request_id: String,
    now_ms: u64,
}

pub(super) fn request(head: &[u8]) -> Option<RequestHead> {
    serde_json::from_slice(head).ok()
}

impl RequestHead {
    pub(super) fn with_body<'a>(&'a self, body: &'a [u8]) -> Request<'a> {
        Request {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            content_type: self.content_type.as_deref(),
            authorization: self.authorization.as_deref(),
            headers: &self.headers,
            body,
            request_id: &self.request_id,
            now_ms: self.now_ms,
        }
    }
}

/// What the host said happened, and when.
#[derive(Default)]
pub(super) struct Said {
    pub(super) event: Option<Heard>,
    pub(super) now_ms: u64,
}

pub(super) enum Heard {
    Event(Event),
    /// The rows that were pushed are all, or were refused.
    Rows,
}

#[derive(Deserialize)]
struct EventHead {
    now_ms: u64,
    #[serde(flatten)]
    event: EventKind,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum EventKind {
    /// The document is in the bytes, unless there is a `fault`.
    Keys {
        fault: Option<String>,
    },
    /// The answer is in the bytes.
    Cache {
        lookup: LookupKind,
        #[serde(default)]
        age_ms: u64,
        #[serde(default)]
        refresh: bool,
    },
    Sql {
        result: SqlKind,
        sqlstate: Option<String>,
        message: Option<String>,
        constraint: Option<String>,
        column: Option<String>,
    },
    /// A host with an engine leaves the result's JSON in the bytes, unless there is a `fault`.
    Ran {
        fault: Option<RunKind>,
        message: Option<String>,
    },
    Stored,
    Purged,
    Replied,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RunKind {
    Failed,
    BadResult,
    Timeout,
    Unavailable,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum LookupKind {
    Fresh,
    Stale,
    Miss,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SqlKind {
    Rows,
    Database,
    PoolExhausted,
    Unavailable,
    Timeout,
    CommitUnknown,
}

pub(super) fn event(head: &[u8], bytes: &[u8]) -> Option<Said> {
    let head: EventHead = serde_json::from_slice(head).ok()?;
    let body = || Bytes::copy_from_slice(bytes);
    let event = match head.event {
        EventKind::Keys { fault: Some(fault) } => Event::Keys(Err(KeysFault(fault))),
        EventKind::Keys { fault: None } => Event::Keys(Ok(body())),
        EventKind::Cache { lookup: LookupKind::Fresh, age_ms, .. } => {
            Event::Cache(Lookup::Fresh { body: body(), age_ms })
        }
        EventKind::Cache { lookup: LookupKind::Stale, refresh, .. } => {
            Event::Cache(Lookup::Stale { body: body(), refresh })
        }
        EventKind::Cache { lookup: LookupKind::Miss, .. } => Event::Cache(Lookup::Miss),
        EventKind::Sql { result: SqlKind::Rows, .. } => {
            return Some(Said { event: Some(Heard::Rows), now_ms: head.now_ms });
        }
        EventKind::Sql { result, sqlstate, message, constraint, column } => {
            let message = message.unwrap_or_default();
            Event::Sql(Err(match result {
                SqlKind::Rows | SqlKind::Database => {
                    SqlFault::Database { sqlstate: sqlstate.unwrap_or_default(), message, constraint, column }
                }
                SqlKind::PoolExhausted => SqlFault::PoolExhausted { alias: message },
                SqlKind::Unavailable => SqlFault::Unavailable(message),
                SqlKind::Timeout => SqlFault::Timeout,
                SqlKind::CommitUnknown => SqlFault::CommitUnknown(message),
            }))
        }
        EventKind::Ran { fault: None, .. } => Event::Ran(Ok(body())),
        EventKind::Ran { fault: Some(kind), message } => {
            let message = message.unwrap_or_default();
            Event::Ran(Err(match kind {
                RunKind::Failed => RunFault::Failed(message),
                RunKind::BadResult => RunFault::BadResult(message),
                RunKind::Timeout => RunFault::Timeout,
                RunKind::Unavailable => RunFault::Unavailable(message),
            }))
        }
        EventKind::Stored => Event::Stored,
        EventKind::Purged => Event::Purged,
        EventKind::Replied => Event::Replied,
    };
    Some(Said { event: Some(Heard::Event(event)), now_ms: head.now_ms })
}

/// An effect: JSON with its name under `effect`, and what has no place in JSON as bytes.
pub(super) fn effect(effect: Effect, is_done: bool) -> Vec<u8> {
    let mut bytes = Bytes::new();
    let head = match effect {
        Effect::FetchKeys { url } => json!({ "effect": "fetch_keys", "url": &*url }),
        Effect::LookUp(look_up) => json!({
            "effect": "look_up",
            "key": hex(&look_up.key),
            "tags": &*look_up.tags,
            "timeout_ms": look_up.timeout_ms,
        }),
        Effect::Sql { work, timeout_ms } => {
            let (head, values) = sql(&work, timeout_ms);
            bytes = values.into();
            head
        }
        Effect::Run { work, timeout_ms } => {
            bytes = work.params.clone();
            json!({
                "effect": "run",
                "engine": work.engine.as_str(),
                "logic": &**work.logic(),
                "timeout_ms": timeout_ms,
            })
        }
        Effect::Store(entry) => {
            bytes = entry.body;
            json!({
                "effect": "store",
                "key": hex(&entry.key),
                "ttl_ms": entry.ttl_ms,
                "swr_ms": entry.swr_ms,
                "tags": &*entry.tags,
            })
        }
        Effect::Purge { tags } => json!({ "effect": "purge", "tags": &*tags }),
        Effect::Reply(reply) => {
            let head = reply_head(&reply, is_done);
            bytes = reply.body;
            head
        }
        // No operation is started through this ABI, so that none of these comes up.
        Effect::Query { .. }
        | Effect::Begin { .. }
        | Effect::End { .. }
        | Effect::Storage { .. }
        | Effect::Answer(_)
        | Effect::Done => json!({ "effect": "done" }),
    };
    output(head.to_string().as_bytes(), &bytes)
}

fn hex(key: &CacheKey) -> String {
    hex::encode(key.as_bytes())
}

/// The statements, each value as its format (0 text, 1 binary) and its length in the bytes, or null.
fn sql(work: &SqlWork, timeout_ms: u64) -> (Value, Vec<u8>) {
    let mut values = Vec::new();
    let mut statements = Vec::new();
    for call in &work.statements {
        let mut params = Vec::new();
        for (format, value) in call.params.iter() {
            values.extend_from_slice(value.unwrap_or_default());
            params.push(
                json!({ "format": u8::from(format == Format::Binary), "length": value.map(<[u8]>::len) }),
            );
        }
        statements.push(json!({ "id": call.statement.id, "text": &*call.statement.text, "params": params }));
    }
    let transaction = work
        .transaction
        .map(|transaction| json!({ "isolation": transaction.isolation, "read_only": transaction.read_only }));
    let head = json!({
        "effect": "sql",
        "alias": &*work.alias,
        "statements": statements,
        "transaction": transaction,
        "read_only": work.read_only,
        "shareable": work.is_shareable(),
        "timeout_ms": timeout_ms,
    });
    (head, values)
}

fn reply_head(reply: &Reply, is_done: bool) -> Value {
    json!({
        "effect": "reply",
        "status": reply.status,
        "content_type": reply.content_type,
        "cache_status": reply.cache_status.as_str(),
        "release": reply.release,
        "retry_after_s": reply.retry_after_s,
        "allow": reply.allow,
        "www_authenticate": reply.www_authenticate,
        "cache_control": reply.cache_control.map(|control| control.to_string()),
        "code": reply.code.map(stk_contract::ErrorCode::code),
        "cause": reply.cause.as_deref(),
        "done": is_done,
    })
}
