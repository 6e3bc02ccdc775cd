//! The commands of `examples/wasm-*`, as they are built there: real compilers' code, with real imports.

use std::path::Path;

use bytes::Bytes;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use stk_contract::ErrorCode;
use stk_runtime::{OperationFault, RunFault};

use super::support::{Guest, TestOperations};

const LANGUAGES: [&str; 4] = ["assemblyscript", "c", "rust", "zig"];

async fn example(language: &str, logic: &str) -> Guest {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let path = root.join(format!("wasm-{language}/logic/{logic}.wasm"));
    let wasm = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Guest::load(&wasm).await
}

#[tokio::test]
async fn commands_of_each_language_greet() {
    for language in LANGUAGES {
        let guest = example(language, "greet").await;
        for name in ["Ann", "\"Zoë\" \\ 世界 \n", "{\"name\":[1]}", &"long ".repeat(2_000)] {
            let result = guest.run(&json!({ "name": name }).to_string()).await;
            let result: Value = serde_json::from_slice(&result.unwrap()).unwrap();
            assert_eq!(result, json!({ "greeting": format!("Hello, {name}!") }), "{language}");
        }
    }
}

#[tokio::test]
async fn commands_of_each_language_query() {
    for language in LANGUAGES {
        let operations = TestOperations::new(move |name, input| {
            assert_eq!(name, "db.query", "{language}");
            let input: Value = serde_json::from_slice(&input).unwrap();
            assert_eq!(input["alias"], "main", "{language}");
            assert_eq!(input["sql"], "select symbol, price from quotes where symbol = $1", "{language}");
            let rows = match input["values"][0].as_str() {
                Some("ACME") => r#"[{"symbol":"ACME","price":"12.50"}]"#,
                _ => "[]",
            };
            async move { Ok(Bytes::from(rows)) }.boxed()
        });
        let guest = example(language, "quotes/price").await.with(operations);
        let result = guest.run(r#"{"symbol":"ACME"}"#).await.unwrap();
        let result: Value = serde_json::from_slice(&result).unwrap();
        assert_eq!(result, json!({ "symbol": "ACME", "price": "12.50" }), "{language}");
        let unknown = RunFault::Refused {
            status: 404,
            code: "unknown_symbol".to_owned(),
            message: "there is no such symbol".to_owned(),
        };
        assert_eq!(guest.run(r#"{"symbol":"NOPE"}"#).await, Err(unknown), "{language}");
    }
}

#[tokio::test]
async fn commands_of_each_language_pass_on_what_the_database_refused() {
    for language in LANGUAGES {
        let operations = TestOperations::new(|_, _| {
            async { Err(OperationFault::new(ErrorCode::InvalidValue, "not a symbol")) }.boxed()
        });
        let guest = example(language, "quotes/price").await.with(operations);
        let refused = RunFault::Refused {
            status: 400,
            code: "invalid_value".to_owned(),
            message: "not a symbol".to_owned(),
        };
        assert_eq!(guest.run(r#"{"symbol":"ACME"}"#).await, Err(refused), "{language}");
    }
}
