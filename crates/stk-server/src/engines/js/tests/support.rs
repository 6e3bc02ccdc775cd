//! An engine under test, and operations that answer what the test says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use stk_contract::ErrorCode;
use stk_runtime::{OperationFault, OperationResult, RunFault};

use crate::engines::js::{IsolateCommand, JsEngine, JsSettings, LoadedModules};
use crate::engines::{Job, JobLimits, LogLevel, Operations, RunResult};

/// Makes this test binary an isolate process where it is started as one, before the test harness sees its arguments.
// SAFETY: the C library calls it on the main thread, after the standard library has taken note of the arguments, and
// before anything else of the process runs.
#[allow(unsafe_code)]
#[used]
#[unsafe(link_section = ".init_array")]
static BECOME_ISOLATE: extern "C" fn() = {
    extern "C" fn become_isolate() {
        if stk_isolate::is_requested() {
            let code = stk_isolate::main();
            std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
        }
    }
    become_isolate
};

/// What is promised to a run past its limit.
const LATE_MAX: Duration = Duration::from_millis(100);

/// How late the machine itself is meanwhile: what a task that only sleeps sees of it.
pub(super) struct Lateness {
    worst: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
    began: Instant,
}

impl Lateness {
    pub(super) fn watch() -> Lateness {
        let worst = Arc::new(AtomicU64::new(0));
        let seen = worst.clone();
        let task = tokio::spawn(async move {
            loop {
                let nap = Duration::from_millis(5);
                let began = Instant::now();
                tokio::time::sleep(nap).await;
                let late = began.elapsed().saturating_sub(nap).as_millis();
                seen.fetch_max(u64::try_from(late).unwrap(), Ordering::Relaxed);
            }
        });
        Lateness { worst, task, began: Instant::now() }
    }

    /// Fails if it took longer since the beginning than `limit` and what is promised beyond.
    pub(super) fn check(self, limit: Duration, what: &str) {
        self.task.abort();
        let took = self.began.elapsed();
        // Several processes have a part in it, and each may be late.
        let machine = Duration::from_millis(3 * self.worst.load(Ordering::Relaxed));
        assert!(
            took <= limit + LATE_MAX + machine,
            "{what} took {took:?}, the machine's own part {machine:?}"
        );
    }
}

type Perform = dyn Fn(&str, &str) -> BoxFuture<'static, OperationResult> + Send + Sync;

/// Operations of a test: `db.query` gives `[]` unless the test says otherwise.
pub(super) struct TestOperations {
    perform: Box<Perform>,
    pub(super) effect: AtomicBool,
    pub(super) performed: AtomicU32,
    pub(super) log: Mutex<Vec<String>>,
}

impl TestOperations {
    pub(super) fn new(
        perform: impl Fn(&str, &str) -> BoxFuture<'static, OperationResult> + Send + Sync + 'static,
    ) -> Arc<TestOperations> {
        Arc::new(TestOperations {
            perform: Box::new(perform),
            effect: AtomicBool::new(false),
            performed: AtomicU32::new(0),
            log: Mutex::default(),
        })
    }

    /// Answers `invoke` with its params, `never` not at all, and knows nothing else.
    pub(super) fn plain() -> Arc<TestOperations> {
        TestOperations::new(|name, input| {
            let input = input.to_owned();
            match name {
                "invoke" if input.contains("never") => std::future::pending().boxed(),
                "invoke" => async move { Ok(Bytes::from(input)) }.boxed(),
                "db.query" => async { Ok(Bytes::from_static(b"[]")) }.boxed(),
                _ => {
                    let fault = OperationFault::new(ErrorCode::NotFound, format!("no `{name}` here"));
                    async { Err(fault) }.boxed()
                }
            }
        })
    }
}

impl Operations for TestOperations {
    fn perform(&self, name: &str, input: Bytes) -> BoxFuture<'static, OperationResult> {
        self.performed.fetch_add(1, Ordering::Relaxed);
        (self.perform)(name, std::str::from_utf8(&input).unwrap())
    }

    fn had_effect(&self) -> bool {
        self.effect.load(Ordering::Relaxed)
    }

    fn log(&self, level: LogLevel, message: &str, fields: Option<&str>) {
        let fields = fields.map(|fields| format!(" {fields}")).unwrap_or_default();
        self.log.lock().unwrap().push(format!("{level:?} {message}{fields}"));
    }
}

/// An engine with two processes at most.
pub(super) fn engine() -> Arc<JsEngine> {
    let settings = JsSettings { processes_max: 2, memory_bytes: 32 << 20 };
    Arc::new(JsEngine::new(IsolateCommand::new(None).unwrap(), settings))
}

/// A release of one module, `logic/a.js`.
pub(super) fn release(source: &str) -> Arc<LoadedModules> {
    let module = stk_contract::Module { source: source.to_owned(), ..Default::default() };
    Arc::new(LoadedModules::new(&BTreeMap::from([("logic/a.js".to_owned(), module)])))
}

/// A release of one handler with this body.
pub(super) fn handler(body: &str) -> Arc<LoadedModules> {
    release(&format!("export default async function handler(params, context) {{ {body} }}"))
}

pub(super) fn job(limit: Duration) -> Job {
    Job {
        logic: "a".into(),
        params: Bytes::from_static(b"{\"id\":7}"),
        request: Bytes::from_static(br#"{"id":"r","path":"a","headers":{},"user":null}"#),
        secrets: [("KEY".into(), "s3cret".into())].into(),
        limits: JobLimits {
            deadline: Instant::now() + limit,
            memory_bytes: 32 << 20,
            result_bytes_max: 1 << 20,
        },
    }
}

pub(super) async fn run_with(
    engine: &JsEngine,
    release: &Arc<LoadedModules>,
    limit: Duration,
    operations: &Arc<TestOperations>,
) -> RunResult {
    engine.run(release, "logic/a.js", false, job(limit), operations.clone()).await
}

pub(super) async fn run(engine: &JsEngine, release: &Arc<LoadedModules>, limit: Duration) -> RunResult {
    run_with(engine, release, limit, &TestOperations::plain()).await
}

pub(super) fn json(text: &str) -> RunResult {
    Ok(Bytes::copy_from_slice(text.as_bytes()))
}

/// The text of a run that failed by itself.
pub(super) fn failure(result: RunResult) -> String {
    match result {
        Err(RunFault::Failed(text) | RunFault::BadResult(text)) => text,
        other => panic!("{other:?}"),
    }
}
