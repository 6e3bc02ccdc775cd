//! Logic that is broken or means harm: each ends within its limits, with a fault of its own, and the next run is fine.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use stk_runtime::RunFault;

use super::support::{Guest, TestOperations, command, query};
use crate::engines::wasm::LoadError;

/// Runs a guest that must time out, and checks that it did so in time.
async fn times_out(mut guest: Guest) {
    guest.timeout = Duration::from_millis(300);
    let started = Instant::now();
    assert_eq!(guest.run("{}").await, Err(RunFault::Timeout));
    let late = started.elapsed().saturating_sub(guest.timeout);
    assert!(late < Duration::from_millis(100), "it ended {late:?} after its deadline");
}

async fn refused(wasm: &[u8]) -> String {
    match Guest::try_load(wasm).await {
        Err(LoadError::Refused(why)) => why,
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("the module was taken"),
    }
}

fn message(fault: RunFault) -> String {
    match fault {
        RunFault::Failed(message) => message,
        other => panic!("another fault: {other:?}"),
    }
}

#[tokio::test]
async fn an_endless_loop_ends_at_its_deadline() {
    times_out(Guest::command("", "(loop $again (br $again))").await).await;
}

#[tokio::test]
async fn an_endless_loop_before_the_start_ends_at_its_deadline() {
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 1) (func (export "_start"))
            (func $first (loop $again (br $again))) (start $first))"#,
    );
    times_out(Guest::load(&wasm.unwrap()).await).await;
}

#[tokio::test]
async fn endless_calls_of_functions_end_at_their_deadline() {
    let wasm = command(
        "(func $a (call $b)) (func $b (call $exit_never)) (func $exit_never)",
        "(loop $again (call $a) (br $again))",
    );
    times_out(Guest::load(&wasm).await).await;
}

#[tokio::test]
async fn sleeping_and_waiting_end_at_the_deadline() {
    // One subscription of a clock, an hour ahead.
    let sleep = "(i32.store (i32.const 1040) (i32.const 1))
        (i64.store (i32.const 1048) (i64.const 3600000000000))
        (drop (call $poll (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 4096)))";
    times_out(Guest::command("", sleep).await).await;
    let never = TestOperations::new(|_, _| std::future::pending().boxed());
    times_out(Guest::load(&query()).await.with(never)).await;
}

#[tokio::test]
async fn memory_past_the_limit_ends_the_run() {
    let grow = "(loop $again (drop (memory.grow (i32.const 16))) (br $again))";
    let guest = Guest::command("", grow).await;
    assert_eq!(guest.run("{}").await, Err(RunFault::Memory { bytes_max: 64_000_000 }));
    let guest = Guest::command("", "(drop (memory.grow (i32.const 65000)))").await;
    assert_eq!(guest.run("{}").await, Err(RunFault::Memory { bytes_max: 64_000_000 }));
}

#[tokio::test]
async fn more_memory_than_allowed_from_the_start_ends_the_run() {
    let mut guest = Guest::command("", "").await;
    guest.memory_bytes = 1_000_000;
    assert_eq!(guest.run("{}").await, Err(RunFault::Memory { bytes_max: 1_000_000 }));
}

#[tokio::test]
async fn a_trap_names_the_functions_of_the_user() {
    let guest = Guest::command("(func $price (unreachable))", "(call $price)").await;
    let message = message(guest.run("{}").await.unwrap_err());
    assert_eq!(message, "wasm trap: wasm `unreachable` instruction executed\n    at price\n    at main");
    assert!(guest.run("{}").await.is_err(), "the next run is a run of its own");
}

#[tokio::test]
async fn faults_of_arithmetic_and_addresses_are_traps() {
    for (body, expect) in [
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "integer divide by zero"),
        ("(drop (i32.load (i32.const -8)))", "out of bounds memory access"),
        ("(call_indirect (i32.const 7))", "undefined element: out of bounds table access"),
    ] {
        let message = message(Guest::command("(table 1 funcref)", body).await.run("{}").await.unwrap_err());
        assert!(message.contains(expect), "{message}");
    }
}

#[tokio::test]
async fn endless_recursion_is_a_trap() {
    let guest = Guest::command("(func $deep (call $deep) (call $deep))", "(call $deep)").await;
    let message = message(guest.run("{}").await.unwrap_err());
    assert!(message.starts_with("wasm trap: call stack exhausted"), "{message}");
}

#[tokio::test]
async fn an_exit_code_is_a_failure_with_the_end_of_stderr() {
    let guest = Guest::command(
        r#"(data (i32.const 1024) "no price for this quote\n")"#,
        "(call $log (i32.const 1024) (i32.const 24)) (call $exit (i32.const 3))",
    )
    .await;
    assert_eq!(
        message(guest.run("{}").await.unwrap_err()),
        "exit code 3; stderr ends with:\nno price for this quote"
    );
}

#[tokio::test]
async fn a_result_that_is_not_json_is_named_so() {
    for (output, expect) in [
        ("", "nothing was written to stdout"),
        (" \\n ", "nothing was written to stdout"),
        ("{\\\"a\\\":", "stdout: EOF while parsing a value at line 1 column 5"),
        ("{} {}", "stdout: trailing characters at line 1 column 4"),
        ("nope", "stdout: expected ident at line 1 column 2"),
        ("\\\"\\ff\\\"", "stdout is not UTF-8"),
    ] {
        let length = wat_length(output);
        let guest = Guest::command(
            &format!(r#"(data (i32.const 1024) "{output}")"#),
            &format!("(call $print (i32.const 1024) (i32.const {length}))"),
        )
        .await;
        assert_eq!(guest.run("{}").await, Err(RunFault::BadResult(expect.to_owned())), "{output}");
    }
}

/// Bytes of a text with escapes of WAT.
fn wat_length(text: &str) -> usize {
    text.len() - text.matches("\\\"").count() - text.matches("\\n").count() - 2 * text.matches("\\ff").count()
}

#[tokio::test]
async fn too_much_output_ends_the_run() {
    let flood = "(loop $again (call $print (i32.const 1024) (i32.const 60000)) (br $again))";
    let mut guest = Guest::command("", flood).await;
    guest.result_bytes_max = 1_000_000;
    assert_eq!(guest.run("{}").await, Err(RunFault::ResultTooLarge { bytes_max: 1_000_000 }));
}

#[tokio::test]
async fn too_much_log_is_cut_and_said_so() {
    let flood = "(local $n i32) (loop $again
        (call $log (i32.const 1024) (i32.const 60000))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $n) (i32.const 100))))";
    let guest = Guest::command(r#"(data (i32.const 2000) "line\n")"#, flood).await;
    assert_eq!(guest.run("{}").await, Err(RunFault::BadResult("nothing was written to stdout".to_owned())));
    let logged = guest.logged();
    assert!(logged.iter().map(String::len).sum::<usize>() < 100_000);
    assert_eq!(logged.last().unwrap(), "Warn the log of this call is too long; the rest of it is left out");
}

#[tokio::test]
async fn addresses_outside_memory_are_refused() {
    let guest = Guest::command(
        "",
        "(i32.store (i32.const 0) (i32.const -16))
         (i32.store (i32.const 4) (i32.const 32))
         (call $exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))",
    )
    .await;
    assert_eq!(message(guest.run("{}").await.unwrap_err()), "exit code 21");
    let guest = Guest::command(
        "",
        "(call $exit (call $fd_write (i32.const 1) (i32.const -8) (i32.const 9) (i32.const 8)))",
    )
    .await;
    assert_eq!(message(guest.run("{}").await.unwrap_err()), "exit code 21");
    for body in [
        "(drop (call $call (i32.const -4) (i32.const 8) (i32.const 0) (i32.const 0)))",
        "(drop (call $call (i32.const 0) (i32.const 8) (i32.const 0) (i32.const -1)))",
        "(drop (call $read (i32.const 1000000) (i32.const 1000000)))",
    ] {
        let message = message(Guest::command("", body).await.run("{}").await.unwrap_err());
        assert!(message.contains("lies outside memory"), "{message}");
    }
}

#[tokio::test]
async fn other_imports_are_refused() {
    let wasm = wat::parse_str(
        r#"(module (import "env" "system" (func (param i32))) (memory (export "memory") 1) (func (export "_start")))"#,
    );
    let why = refused(&wasm.unwrap()).await;
    assert!(why.contains("unknown import: `env::system`"), "{why}");
}

#[tokio::test]
async fn what_is_not_a_command_is_refused() {
    let library = wat::parse_str(r#"(module (memory (export "memory") 1))"#).unwrap();
    assert_eq!(refused(&library).await, "it does not export `_start`");
    let closed = wat::parse_str(r#"(module (memory 1) (func (export "_start")))"#).unwrap();
    assert_eq!(refused(&closed).await, "it does not export `memory`");
    refused(b"\0asm\x0d\0\x01\0").await;
    refused(b"#!/bin/sh").await;
}

#[tokio::test]
async fn features_that_are_off_are_refused() {
    for items in [
        r#"(memory (export "memory") 1 2 shared)"#,
        r#"(memory (export "memory") i64 1)"#,
        r#"(memory (export "memory") 1) (memory 1)"#,
        r#"(memory (export "memory") 1) (tag) (func (throw 0))"#,
    ] {
        let wasm = wat::parse_str(format!(r#"(module {items} (func (export "_start")))"#)).unwrap();
        refused(&wasm).await;
    }
}

#[tokio::test]
async fn huge_modules_and_tables_are_refused() {
    assert!(matches!(
        Guest::try_load(&vec![0; 16_000_001]).await,
        Err(LoadError::TooLarge { bytes: 16_000_001 })
    ));
    let table = wat::parse_str(
        r#"(module (memory (export "memory") 1) (table 100000000 funcref) (func (export "_start")))"#,
    );
    let why = refused(&table.unwrap()).await;
    assert!(why.contains("table"), "{why}");
}

#[tokio::test]
async fn a_table_that_grows_without_end_stops_growing() {
    let guest = Guest::command(
        r#"(table $t 1 funcref) (data (i32.const 1024) "\"full\"")"#,
        "(loop $again (br_if $again (i32.ne (i32.const -1) (table.grow $t (ref.null func) (i32.const 1000)))))
         (call $print (i32.const 1024) (i32.const 6))",
    )
    .await;
    assert_eq!(guest.run("{}").await, Ok("\"full\"".into()));
}
