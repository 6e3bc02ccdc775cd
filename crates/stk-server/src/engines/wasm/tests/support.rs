//! A guest under test, and operations that answer what the test says.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use stk_contract::ErrorCode;
use stk_runtime::{OperationFault, OperationResult};

use crate::engines::wasm::{LoadError, LoadedModule, WasmEngine};
use crate::engines::{Job, JobLimits, LogLevel, Operations, RunResult};

/// Functions that the commands of the tests share. `$print`, `$log` and `$exit` do what they say.
const PRELUDE: &str = r#"
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "santokit" "call" (func $call (param i32 i32 i32 i32) (result i32)))
    (import "santokit" "read" (func $read (param i32 i32) (result i32)))
    (memory (export "memory") 16)
    (func $write (param $fd i32) (param $at i32) (param $length i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $length))
        (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func $print (param $at i32) (param $length i32)
        (call $write (i32.const 1) (local.get $at) (local.get $length)))
    (func $log (param $at i32) (param $length i32)
        (call $write (i32.const 2) (local.get $at) (local.get $length)))
"#;

/// A command: `items` beside its functions, `body` as its `_start`.
pub(super) fn command(items: &str, body: &str) -> Vec<u8> {
    wat::parse_str(format!(r#"(module {PRELUDE} {items} (func $main (export "_start") {body}))"#)).unwrap()
}

/// Copies stdin to stdout, 4096 bytes at a time.
pub(super) fn echo() -> Vec<u8> {
    command(
        "",
        "(loop $more
            (i32.store (i32.const 0) (i32.const 1024))
            (i32.store (i32.const 4) (i32.const 4096))
            (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (if (i32.load (i32.const 8)) (then
                (call $print (i32.const 1024) (i32.load (i32.const 8)))
                (br $more))))",
    )
}

/// Asks for the operation `db.query` and prints its answer; on a fault it exits with 1.
pub(super) fn query() -> Vec<u8> {
    command(
        r#"(data (i32.const 64) "db.query") (data (i32.const 128) "{\"alias\":\"main\"}")"#,
        "(local $length i32)
         (local.set $length (call $call (i32.const 64) (i32.const 8) (i32.const 128) (i32.const 16)))
         (drop (call $read (i32.const 4096) (i32.const 65536)))
         (if (i32.lt_s (local.get $length) (i32.const 0)) (then
            (call $print (i32.const 4096) (i32.sub (i32.const 0) (local.get $length)))
            (call $exit (i32.const 1))))
         (call $print (i32.const 4096) (local.get $length))",
    )
}

type Perform = dyn Fn(&str, Bytes) -> BoxFuture<'static, OperationResult> + Send + Sync;

/// Operations of a test.
pub(super) struct TestOperations {
    perform: Box<Perform>,
    log: Mutex<Vec<String>>,
}

impl TestOperations {
    pub(super) fn new(
        perform: impl Fn(&str, Bytes) -> BoxFuture<'static, OperationResult> + Send + Sync + 'static,
    ) -> Arc<TestOperations> {
        Arc::new(TestOperations { perform: Box::new(perform), log: Mutex::default() })
    }

    /// Knows no operation.
    pub(super) fn none() -> Arc<TestOperations> {
        TestOperations::new(|name, _| {
            let fault =
                OperationFault::new(ErrorCode::LogicFailed, format!("there is no operation `{name}`"));
            async { Err(fault) }.boxed()
        })
    }
}

impl Operations for TestOperations {
    fn perform(&self, name: &str, input: Bytes) -> BoxFuture<'static, OperationResult> {
        (self.perform)(name, input)
    }

    fn had_effect(&self) -> bool {
        false
    }

    fn log(&self, level: LogLevel, message: &str, fields: Option<&str>) {
        let fields = fields.map(|fields| format!(" {fields}")).unwrap_or_default();
        self.log.lock().unwrap().push(format!("{level:?} {message}{fields}"));
    }
}

/// A loaded module with what its runs are given.
pub(super) struct Guest {
    pub(super) engine: WasmEngine,
    pub(super) module: LoadedModule,
    pub(super) operations: Arc<TestOperations>,
    pub(super) timeout: Duration,
    pub(super) memory_bytes: u64,
    pub(super) result_bytes_max: u64,
    pub(super) secrets: Vec<(Box<str>, Box<str>)>,
}

impl Guest {
    pub(super) async fn command(items: &str, body: &str) -> Guest {
        Guest::load(&command(items, body)).await
    }

    pub(super) async fn load(wasm: &[u8]) -> Guest {
        Guest::try_load(wasm).await.unwrap()
    }

    pub(super) async fn try_load(wasm: &[u8]) -> Result<Guest, LoadError> {
        let engine = WasmEngine::new(None).unwrap();
        let module = engine.load(Bytes::copy_from_slice(wasm)).await?;
        Ok(Guest {
            engine,
            module,
            operations: TestOperations::none(),
            timeout: Duration::from_secs(20),
            memory_bytes: 64_000_000,
            result_bytes_max: 8_000_000,
            secrets: Vec::new(),
        })
    }

    pub(super) fn with(mut self, operations: Arc<TestOperations>) -> Guest {
        self.operations = operations;
        self
    }

    pub(super) async fn run(&self, params: &str) -> RunResult {
        self.engine.run(&self.module, self.job(params), self.operations.clone()).await
    }

    pub(super) fn job(&self, params: &str) -> Job {
        Job {
            logic: "quotes/price".into(),
            params: Bytes::copy_from_slice(params.as_bytes()),
            request: Bytes::from_static(br#"{"id":"req_1","path":"quotes/price","headers":{},"user":null}"#),
            secrets: self.secrets.clone().into(),
            limits: JobLimits {
                deadline: Instant::now() + self.timeout,
                memory_bytes: self.memory_bytes,
                result_bytes_max: self.result_bytes_max,
            },
        }
    }

    pub(super) fn logged(&self) -> Vec<String> {
        self.operations.log.lock().unwrap().clone()
    }
}
