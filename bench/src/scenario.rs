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
}

/// What Santokit must reach against a baseline of the same scenario.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    pub against: Kind,
    pub throughput_min: f64,
}

/// The 99th percentile of Santokit over that of a baseline it has a target against, at most.
pub const P99_MAX: f64 = 1.5;

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
        }
    }

    pub fn contenders(self) -> &'static [Kind] {
        match self {
            Scenario::CacheHit => &[Kind::Santokit, Kind::Fixed],
            _ => &[Kind::Santokit, Kind::Pooled, Kind::Shared],
        }
    }

    pub fn targets(self) -> &'static [Target] {
        match self {
            Scenario::ByKey | Scenario::ByKeyHs256 | Scenario::ByKeyEddsa => &[
                Target { against: Kind::Pooled, throughput_min: 1.25 },
                Target { against: Kind::Shared, throughput_min: 0.85 },
            ],
            Scenario::Rows100 | Scenario::Insert => &[Target { against: Kind::Pooled, throughput_min: 1.0 }],
            Scenario::CacheHit => &[Target { against: Kind::Fixed, throughput_min: 0.85 }],
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
                match kind {
                    Kind::Santokit => {
                        let call = json!({ "path": self.logic(), "params": params });
                        http::post("/call", token, &call.to_string())
                    }
                    Kind::Pooled | Kind::Shared | Kind::Fixed => {
                        http::post(self.route(), token, &params.to_string())
                    }
                }
            })
            .collect()
    }

    fn logic(self) -> &'static str {
        match self {
            Scenario::ByKey => "by_key",
            Scenario::ByKeyHs256 | Scenario::ByKeyEddsa => "by_key_user",
            Scenario::Rows100 => "list",
            Scenario::Insert => "insert",
            Scenario::CacheHit => "cached",
        }
    }

    fn route(self) -> &'static str {
        match self {
            Scenario::ByKey | Scenario::ByKeyHs256 | Scenario::ByKeyEddsa => "/by_key",
            Scenario::Rows100 => "/list",
            Scenario::Insert => "/insert",
            Scenario::CacheHit => "/cached",
        }
    }

    fn params(self, number: u32) -> Value {
        // A prime step visits every row once, in no order that a cache of pages would like.
        let item = number * 7919 % ITEMS;
        match self {
            Scenario::ByKey | Scenario::ByKeyHs256 | Scenario::ByKeyEddsa => json!({ "id": item + 1 }),
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
