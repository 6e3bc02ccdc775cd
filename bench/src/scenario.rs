//! What is measured: the calls of each scenario, who makes an appearance, and what Santokit must reach.

use serde::Serialize;
use serde_json::{Value, json};

use crate::contender::Kind;
use crate::database::ITEMS;
use crate::http;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    ByKey,
    ByKeyHs256,
    ByKeyEddsa,
    #[value(name = "rows-100")]
    #[serde(rename = "rows-100")]
    Rows100,
    Insert,
    CacheHit,
    Js,
    Wasm,
    WasmEcho,
}

/// What one contender must reach against another of the same scenario.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    pub contender: Kind,
    pub against: Kind,
    pub bounds: &'static [Bound],
}

/// A bound of one contender's figures over another's. CPU is that of server and Postgres for one request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    ThroughputMin(f64),
    P99Max(f64),
    CpuMax(f64),
    /// Microseconds more.
    CpuOverMax(f64),
}

const fn ours(against: Kind, bounds: &'static [Bound]) -> Target {
    Target { contender: Kind::Santokit, against, bounds }
}

const P99: Bound = Bound::P99Max(1.5);
const BY_KEY: &[Target] = &[
    ours(Kind::Pooled, &[Bound::ThroughputMin(1.25), P99]),
    ours(Kind::Shared, &[Bound::ThroughputMin(0.85), P99]),
];
const CACHE_HIT: &[Target] = &[ours(Kind::Fixed, &[Bound::ThroughputMin(0.85), P99])];
const AT_LEAST_POOLED: &[Target] = &[ours(Kind::Pooled, &[Bound::ThroughputMin(1.0), P99])];

/// Different requests of one scenario, which the generator sends in turn.
const REQUESTS: u32 = 10_000;

/// Tokens of the users who call.
#[derive(Debug)]
pub struct Tokens {
    pub hs256: Vec<String>,
    pub eddsa: Vec<String>,
}

impl Scenario {
    pub fn title(self) -> &'static str {
        match self {
            Scenario::ByKey => "1 row by key, no token",
            Scenario::ByKeyHs256 => {
                "1 row by key, HS256 tokens of 1,000 users (Santokit alone verifies them)"
            }
            Scenario::ByKeyEddsa => {
                "1 row by key, EdDSA tokens of 10,000 users (Santokit alone verifies them)"
            }
            Scenario::Rows100 => "100 rows",
            Scenario::Insert => "insert",
            Scenario::CacheHit => "cache hit",
            Scenario::Js => "JavaScript: one query and a little mapping",
            Scenario::Wasm => "WebAssembly against SQL: one query",
            Scenario::WasmEcho => "WebAssembly: echo",
        }
    }

    pub fn contenders(self) -> &'static [Kind] {
        match self {
            Scenario::CacheHit => &[Kind::Santokit, Kind::Fixed],
            Scenario::Js => &[Kind::JsFresh, Kind::JsReuse, Kind::Fastify, Kind::Bun],
            Scenario::Wasm => &[Kind::Wasm, Kind::Santokit],
            Scenario::WasmEcho => &[Kind::Wasm, Kind::Echo],
            _ => &[Kind::Santokit, Kind::Pooled, Kind::Shared],
        }
    }

    pub fn targets(self) -> &'static [Target] {
        match self {
            Scenario::ByKey | Scenario::ByKeyHs256 | Scenario::ByKeyEddsa => BY_KEY,
            Scenario::Rows100 | Scenario::Insert => AT_LEAST_POOLED,
            Scenario::CacheHit => CACHE_HIT,
            Scenario::Js => &[
                Target { contender: Kind::JsFresh, against: Kind::Fastify, bounds: &[Bound::CpuMax(1.0)] },
                Target { contender: Kind::JsReuse, against: Kind::Bun, bounds: &[Bound::CpuMax(1.3)] },
            ],
            Scenario::Wasm => &[Target {
                contender: Kind::Wasm,
                against: Kind::Santokit,
                bounds: &[Bound::ThroughputMin(0.9)],
            }],
            Scenario::WasmEcho => {
                &[Target { contender: Kind::Wasm, against: Kind::Echo, bounds: &[Bound::CpuOverMax(80.0)] }]
            }
        }
    }

    /// Whether each answer depends on the answers before, so that only its form can be compared.
    pub fn writes(self) -> bool {
        self == Scenario::Insert
    }

    /// The bytes of every request, the same params and tokens for each contender.
    pub fn requests(self, kind: Kind, tokens: &Tokens) -> Vec<String> {
        (0..REQUESTS)
            .map(|number| {
                let params = self.params(number);
                let token = self.token(number, tokens);
                if kind.is_ours() {
                    let call = json!({ "path": self.logic(kind), "params": params });
                    http::post("/call", token, &call.to_string())
                } else {
                    http::post(self.route(), token, &params.to_string())
                }
            })
            .collect()
    }

    fn logic(self, kind: Kind) -> &'static str {
        match self {
            Scenario::ByKey => "by_key",
            Scenario::ByKeyHs256 | Scenario::ByKeyEddsa => "by_key_user",
            Scenario::Rows100 => "list",
            Scenario::Insert => "insert",
            Scenario::CacheHit => "cached",
            Scenario::Js if kind == Kind::JsReuse => "js_reuse",
            Scenario::Js => "js_fresh",
            Scenario::Wasm if kind == Kind::Wasm => "row_wasm",
            Scenario::Wasm => "row",
            Scenario::WasmEcho => "echo_wasm",
        }
    }

    fn route(self) -> &'static str {
        match self {
            Scenario::ByKey | Scenario::ByKeyHs256 | Scenario::ByKeyEddsa | Scenario::Wasm => "/by_key",
            Scenario::Rows100 => "/list",
            Scenario::Insert => "/insert",
            Scenario::CacheHit => "/cached",
            Scenario::Js => "/handler",
            Scenario::WasmEcho => "/echo",
        }
    }

    fn params(self, number: u32) -> Value {
        // A prime step visits every row once, in no order that a cache of pages would like.
        let item = number * 7919 % ITEMS;
        match self {
            Scenario::ByKey
            | Scenario::ByKeyHs256
            | Scenario::ByKeyEddsa
            | Scenario::Js
            | Scenario::Wasm
            | Scenario::WasmEcho => json!({ "id": item + 1 }),
            Scenario::Rows100 => json!({ "after": item }),
            Scenario::Insert => {
                json!({ "kind": "view", "amount": item, "payload": { "item": item, "from": "search" } })
            }
            Scenario::CacheHit => json!({ "id": 1 }),
        }
    }

    fn token(self, number: u32, tokens: &Tokens) -> Option<&str> {
        let of = |tokens: &'_ Vec<String>| number as usize % tokens.len();
        match self {
            Scenario::ByKeyHs256 => Some(&tokens.hs256[of(&tokens.hs256)]),
            Scenario::ByKeyEddsa => Some(&tokens.eddsa[of(&tokens.eddsa)]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_asked_for_once() {
        let tokens = Tokens { hs256: Vec::new(), eddsa: Vec::new() };
        let mut requests = Scenario::ByKey.requests(Kind::Pooled, &tokens);
        requests.sort();
        requests.dedup();
        assert_eq!(requests.len(), ITEMS as usize);
    }
}
