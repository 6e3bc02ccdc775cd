//! What a guest may ask for by `santokit.call`.

use bytes::Bytes;
use futures_util::FutureExt as _;
use stk_contract::ErrorCode;
use stk_contract::wasm::{IMPORTS, Value};
use stk_runtime::{OperationFault, RunFault};

use super::support::{Guest, TestOperations, command, query};

/// A command that performs one operation and prints its answer.
fn asks(name: &str, input: &str) -> Vec<u8> {
    let escaped = input.replace('"', "\\\"");
    command(
        &format!(r#"(data (i32.const 64) "{name}") (data (i32.const 128) "{escaped}")"#),
        &format!(
            "(local $length i32)
             (local.set $length (call $call (i32.const 64) (i32.const {}) (i32.const 128) (i32.const {})))
             (if (i32.lt_s (local.get $length) (i32.const 0))
                (then (local.set $length (i32.sub (i32.const 0) (local.get $length)))))
             (drop (call $read (i32.const 4096) (local.get $length)))
             (call $print (i32.const 4096) (local.get $length))",
            name.len(),
            input.len()
        ),
    )
}

#[tokio::test]
async fn an_operation_gets_its_input_and_gives_its_answer() {
    let operations = TestOperations::new(|name, input| {
        let answer =
            format!(r#"[{{"name":"{name}","input":{}}}]"#, String::from_utf8(input.to_vec()).unwrap());
        async move {
            tokio::task::yield_now().await;
            Ok(Bytes::from(answer))
        }
        .boxed()
    });
    let guest = Guest::load(&query()).await.with(operations);
    assert_eq!(guest.run("{}").await, Ok(r#"[{"name":"db.query","input":{"alias":"main"}}]"#.into()));
}

#[tokio::test]
async fn an_answer_can_be_read_in_parts() {
    let operations = TestOperations::new(|_, _| async { Ok(Bytes::from_static(b"[1,2,3]")) }.boxed());
    let wasm = command(
        r#"(data (i32.const 64) "db.query")"#,
        "(local $part i32)
         (drop (call $call (i32.const 64) (i32.const 8) (i32.const 0) (i32.const 0)))
         (loop $more
            (local.set $part (call $read (i32.const 4096) (i32.const 2)))
            (call $print (i32.const 4096) (local.get $part))
            (br_if $more (local.get $part)))",
    );
    assert_eq!(Guest::load(&wasm).await.with(operations).run("{}").await, Ok("[1,2,3]".into()));
}

#[tokio::test]
async fn a_problem_that_the_guest_passes_on_is_the_callers_answer() {
    let operations = TestOperations::new(|_, _| {
        async { Err(OperationFault::new(ErrorCode::UniqueViolation, "`users_email_key`")) }.boxed()
    });
    let guest = Guest::load(&query()).await.with(operations);
    assert_eq!(
        guest.run("{}").await,
        Err(RunFault::Refused {
            status: 409,
            code: "unique_violation".to_owned(),
            message: "`users_email_key`".to_owned()
        })
    );
}

#[tokio::test]
async fn a_problem_of_ours_keeps_its_code() {
    let operations = TestOperations::new(|_, _| {
        async { Err(OperationFault::new(ErrorCode::Unavailable, "no database")) }.boxed()
    });
    let guest = Guest::load(&query()).await.with(operations);
    assert_eq!(
        guest.run("{}").await,
        Err(RunFault::Refused {
            status: 503,
            code: "unavailable".to_owned(),
            message: "no database".to_owned()
        })
    );
}

#[tokio::test]
async fn the_request_is_there_without_asking_the_host() {
    let guest = Guest::load(&asks("request", "{}")).await;
    assert_eq!(
        guest.run("{}").await,
        Ok(r#"{"id":"req_1","path":"quotes/price","headers":{},"user":null}"#.into())
    );
}

#[tokio::test]
async fn declared_secrets_can_be_read_and_others_not() {
    let mut guest = Guest::load(&asks("getSecret", r#"{"name":"STRIPE_KEY"}"#)).await;
    guest.secrets = vec![("STRIPE_KEY".into(), "sk_\"1\"".into())];
    assert_eq!(guest.run("{}").await, Ok(r#""sk_\"1\"""#.into()));
    guest.secrets.clear();
    let answer = String::from_utf8(guest.run("{}").await.unwrap().to_vec()).unwrap();
    assert!(answer.contains("`STRIPE_KEY` is not in the header's `secrets:`"), "{answer}");
}

#[tokio::test]
async fn log_lines_have_a_level_and_fields() {
    let guest =
        Guest::load(&asks("log", r#"{"level":"warn","message":"low stock","fields":{"left":2}}"#)).await;
    assert_eq!(guest.run("{}").await, Ok("null".into()));
    assert_eq!(guest.logged(), [r#"Warn low stock {"left":2}"#]);
    let wrong = Guest::load(&asks("log", r#"{"level":"loud","message":""}"#)).await;
    let answer = String::from_utf8(wrong.run("{}").await.unwrap().to_vec()).unwrap();
    assert!(answer.contains("the input of `log`"), "{answer}");
}

#[tokio::test]
async fn everything_that_may_be_imported_is_there() {
    let value = |value: &Value| match value {
        Value::I32 => "i32 ",
        Value::I64 => "i64 ",
    };
    let imports: String = IMPORTS
        .iter()
        .map(|import| {
            let params: String = import.params.iter().map(value).collect();
            let result: String = import.result.iter().map(value).collect();
            format!(
                r#"(import "{}" "{}" (func (param {params}) (result {result})))"#,
                import.module, import.name
            )
        })
        .collect();
    let wasm = wat::parse_str(format!(
        r#"(module {imports} (memory (export "memory") 1) (func (export "_start")))"#
    ));
    Guest::load(&wasm.unwrap()).await;
}
