//! The engine as its host sees it: a module, a job, a result.

mod examples;
mod fairness;
mod hostile;
mod loading;
mod operations;
mod support;

use support::{Guest, echo};

#[tokio::test]
async fn params_come_by_stdin_and_the_result_goes_to_stdout() {
    let guest = Guest::load(&echo()).await;
    assert_eq!(
        guest.run(r#"{"name":"Ann","n":[1,2.5,null]}"#).await,
        Ok(r#"{"name":"Ann","n":[1,2.5,null]}"#.into())
    );
}

#[tokio::test]
async fn params_larger_than_the_guests_buffer_are_read_in_parts() {
    let guest = Guest::load(&echo()).await;
    let large = format!(r#"{{"text":"{}"}}"#, "é".repeat(100_000));
    assert_eq!(guest.run(&large).await, Ok(large.into()));
}

#[tokio::test]
async fn white_space_around_the_result_is_left_out() {
    let guest = Guest::command(
        r#"(data (i32.const 1024) "\n {\"a\": 1} \r\n")"#,
        "(call $print (i32.const 1024) (i32.const 13))",
    )
    .await;
    assert_eq!(guest.run("{}").await, Ok(r#"{"a": 1}"#.into()));
}

#[tokio::test]
async fn nothing_of_a_call_is_left_for_the_next() {
    let guest = Guest::command(
        r#"(global $calls (mut i32) (i32.const 48)) (data (i32.const 1024) "0") (data (i32.const 300000) "0")"#,
        "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
         (i32.store8 (i32.const 1024) (i32.add (i32.load8_u (i32.const 1024)) (i32.const 1)))
         (i32.store8 (i32.const 2048) (i32.add (i32.load8_u (i32.const 2048)) (global.get $calls)))
         (i32.store8 (i32.const 300000) (i32.add (i32.load8_u (i32.const 300000)) (i32.const 1)))
         (call $print (i32.const 1024) (i32.const 1))
         (call $print (i32.const 2048) (i32.const 1))
         (call $print (i32.const 300000) (i32.const 1))",
    )
    .await;
    for _ in 0..3 {
        assert_eq!(guest.run("{}").await, Ok("111".into()));
    }
}

#[tokio::test]
async fn exit_code_0_is_success() {
    let guest = Guest::command(
        r#"(data (i32.const 1024) "true")"#,
        "(call $print (i32.const 1024) (i32.const 4)) (call $exit (i32.const 0)) (call $print (i32.const 1024) (i32.const 4))",
    )
    .await;
    assert_eq!(guest.run("{}").await, Ok("true".into()));
}

#[tokio::test]
async fn stderr_is_the_log() {
    let guest = Guest::command(
        r#"(data (i32.const 1024) "one\n\ntwothree")"#,
        "(call $log (i32.const 1024) (i32.const 8))
         (call $log (i32.const 1032) (i32.const 5))
         (call $print (i32.const 1024) (i32.const 0))",
    )
    .await;
    let _ = guest.run("{}").await;
    assert_eq!(guest.logged(), ["Info one", "Info twothree"]);
}
