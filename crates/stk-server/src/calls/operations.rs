//! The operations of one run: each driven to its answer, whatever it has to do on the way.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use stk_contract::ErrorCode;
use stk_runtime::{Effect, Event, Operation, OperationFault, OperationResult};

use super::host::Host;
use super::running::Running;
use crate::engines::{LogLevel, Operations};
use crate::hosted::unix_ms;

/// Dropped when the run is over: what it left open ends then, even where an operation is still under way.
pub(super) struct RunOperations(Arc<Running>);

impl RunOperations {
    pub(super) fn new(running: Arc<Running>) -> RunOperations {
        RunOperations(running)
    }
}

impl Drop for RunOperations {
    fn drop(&mut self) {
        self.0.close(true);
    }
}

impl Operations for RunOperations {
    fn perform(&self, name: &str, input: Bytes) -> BoxFuture<'static, OperationResult> {
        let running = self.0.clone();
        if let Some(verb) = name.strip_prefix("fetch.") {
            let verb = verb.to_owned();
            return Box::pin(async move {
                running.exchanges.perform(&verb, &input, || running.note_effect()).await
            });
        }
        let (operation, effect) = Operation::start(&running.scope, name, &input, unix_ms());
        let name = name.to_owned();
        Box::pin(async move {
            let result = drive(&running, operation, effect).await;
            if let Err(OperationFault { problem, cause: Some(cause) }) = &result {
                let (id, logic) = (running.scope.request_id(), running.scope.logic());
                let (deployment, code) = (&running.hosted.id, problem.code.code());
                tracing::warn!(
                    target: "stk::logic", %deployment, request_id = id, logic, operation = name, code, cause,
                    "an operation failed"
                );
            }
            result
        })
    }

    fn had_effect(&self) -> bool {
        self.0.had_effect()
    }

    fn start_over(&self) {
        self.0.close(false);
    }

    fn log(&self, level: LogLevel, message: &str, fields: Option<&str>) {
        let (deployment, scope) = (&self.0.hosted.id, &self.0.scope);
        let (logic, request_id) = (scope.logic(), scope.request_id());
        // The level of an event is a constant of its place.
        macro_rules! event {
            ($level:ident) => {
                tracing::$level!(target: "stk::logic", %deployment, request_id, logic, fields, "{message}")
            };
        }
        match level {
            LogLevel::Debug => event!(debug),
            LogLevel::Info => event!(info),
            LogLevel::Warn => event!(warn),
            LogLevel::Error => event!(error),
        }
    }
}

/// Does what the operation asks for until it has an answer. What is left to do behind it goes on by itself.
async fn drive(running: &Arc<Running>, mut operation: Operation, mut effect: Effect) -> OperationResult {
    let mut host = Host::within(running.clone());
    loop {
        effect = match effect {
            Effect::Answer(result) => {
                if operation.is_done() {
                    host.settle();
                } else {
                    host.detach();
                    tokio::spawn(behind(host, operation));
                }
                return result;
            }
            Effect::Done => {
                let fault = OperationFault::new(ErrorCode::Internal, "the operation ended without an answer");
                return Err(fault);
            }
            other => {
                let event = host.perform(other, operation.logic()).await;
                operation.step(event, unix_ms())
            }
        };
    }
}

/// Refreshes a stale answer that an `invoke` was given.
async fn behind(mut host: Host, mut operation: Operation) {
    let mut effect = operation.step(Event::Replied, unix_ms());
    while !matches!(effect, Effect::Done | Effect::Answer(_) | Effect::Reply(_)) {
        let event = host.perform(effect, operation.logic()).await;
        effect = operation.step(event, unix_ms());
    }
    host.settle();
}
