//! Greets by name: params on stdin, the result on stdout.
#![cfg_attr(not(target_os = "wasi"), no_main)]

use serde::{Deserialize, Serialize};
use wasm_rust::Refusal;

#[derive(Deserialize)]
struct Params {
    name: String,
}

#[derive(Serialize)]
struct Reply {
    greeting: String,
}

fn greet(params: Params) -> Result<Reply, Refusal> {
    Ok(Reply { greeting: format!("Hello, {}!", params.name) })
}

wasm_rust::command!(greet);
