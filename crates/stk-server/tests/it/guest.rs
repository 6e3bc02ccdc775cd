//! WASM commands for tests: each asks for a list of operations that is written into it.

/// What the commands share. `$print` and `$exit` do what they say.
const PRELUDE: &str = r#"
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "santokit" "call" (func $call (param i32 i32 i32 i32) (result i32)))
    (import "santokit" "read" (func $read (param i32 i32) (result i32)))
    (memory (export "memory") 16)
    (func $print (param $at i32) (param $length i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $length))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
"#;

/// Where the answers of operations go, above all texts.
const ANSWER: usize = 65536;

fn command(items: &str, body: &str) -> Vec<u8> {
    let text = format!(r#"(module {PRELUDE} {items} (func (export "_start") (local $length i32) {body}))"#);
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Gives its params back.
pub fn echo() -> Vec<u8> {
    command(
        "",
        "(i32.store (i32.const 0) (i32.const 1024))
         (i32.store (i32.const 4) (i32.const 60000))
         (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
         (call $print (i32.const 1024) (i32.load (i32.const 8)))",
    )
}

/// Prints a text and leaves with a code.
pub fn prints(text: &str, exit: u32) -> Vec<u8> {
    let (items, length) = (data(1024, text), text.len());
    command(
        &items,
        &format!("(call $print (i32.const 1024) (i32.const {length})) (call $exit (i32.const {exit}))"),
    )
}

/// Runs for ever.
pub fn endless() -> Vec<u8> {
    command("", "(loop $again (br $again))")
}

/// Takes memory for ever.
pub fn greedy() -> Vec<u8> {
    command("", "(loop $again (drop (memory.grow (i32.const 16))) (br $again))")
}

/// Asks for each operation in turn; the last one's answer is the result. A fault is its end: with the problem as its
/// refusal.
pub fn asks(operations: &[(&str, &str)]) -> Vec<u8> {
    asking(operations, "(call $exit (i32.const 1))")
}

/// The same, but a fault is a result like any other, and the next operation follows.
pub fn tries(operations: &[(&str, &str)]) -> Vec<u8> {
    asking(operations, "")
}

fn asking(operations: &[(&str, &str)], on_fault: &str) -> Vec<u8> {
    let (mut items, mut body, mut at) = (String::new(), String::new(), 64);
    let last = operations.len() - 1;
    for (index, (name, input)) in operations.iter().enumerate() {
        let input_at = at + name.len();
        items += &(data(at, name) + &data(input_at, input));
        let (name_length, input_length) = (name.len(), input.len());
        body += &format!(
            "(local.set $length (call $call (i32.const {at}) (i32.const {name_length})
                 (i32.const {input_at}) (i32.const {input_length})))
             (drop (call $read (i32.const {ANSWER}) (i32.const 900000)))
             (if (i32.lt_s (local.get $length) (i32.const 0)) (then
                (local.set $length (i32.sub (i32.const 0) (local.get $length)))
                {}))",
            match (index == last, on_fault) {
                (_, "") => String::new(),
                (_, exit) => format!("(call $print (i32.const {ANSWER}) (local.get $length)) {exit}"),
            }
        );
        at = input_at + input.len();
    }
    assert!(at < ANSWER, "the texts are too long for the test's memory");
    body += &format!("(call $print (i32.const {ANSWER}) (local.get $length))");
    command(&items, &body)
}

fn data(at: usize, text: &str) -> String {
    let escaped: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const {at}) \"{escaped}\")")
}
