//! The price of one symbol: one query by santokit.call.
#![cfg_attr(not(target_os = "wasi"), no_main)]

use serde::{Deserialize, Serialize};
use serde_json::json;
use wasm_rust::{Refusal, call};

#[derive(Deserialize)]
struct Params {
    symbol: String,
}

#[derive(Serialize, Deserialize)]
struct Quote {
    symbol: String,
    price: String,
}

fn price(params: Params) -> Result<Quote, Refusal> {
    let sql = "select symbol, price from quotes where symbol = $1";
    let rows: Vec<Quote> = call("db.query", &json!({ "alias": "main", "sql": sql, "values": [params.symbol] }));
    let unknown = Refusal { status: 404, code: "unknown_symbol", detail: "there is no such symbol" };
    rows.into_iter().next().ok_or(unknown)
}

wasm_rust::command!(price);
