//! What logic asks for while it runs (`docs/reference/operations.md`): each one a small state machine, driven like a
//! call and ended by [`Effect::Answer`].
//!
//! Deliberately absent: `fetch.*` and `log`, which are the host's own: nothing of theirs is decided here.

mod database;
mod input;
mod invoke;
mod storage;

use std::sync::Arc;

use bytes::Bytes;
use stk_contract::{ErrorCode, Problem};

use crate::call::Call;
use crate::effect::{Effect, Event};
use crate::json;
use crate::run::{OperationFault, OperationResult};
use crate::scope::Scope;
use input::Input;

/// One operation under way.
#[derive(Debug)]
pub struct Operation {
    state: State,
}

#[derive(Debug)]
enum State {
    /// Rows are the answer.
    Rows,
    Begin,
    End,
    Storage,
    Invoke(Box<Call>),
    Done,
}

/// How an operation begins: its state with its first effect, or why not.
type Begun = Result<(State, Effect), OperationFault>;

impl Operation {
    /// Reads the input and says what is to be done first. `name` is that of the table, such as `db.query`.
    pub fn start(scope: &Arc<Scope>, name: &str, input: &[u8], now_ms: u64) -> (Operation, Effect) {
        match begin(scope, name, input, now_ms) {
            Ok((State::Invoke(call), effect)) => {
                let mut operation = Operation { state: State::Done };
                let effect = operation.invoked(call, effect);
                (operation, effect)
            }
            Ok((state, effect)) => (Operation { state }, effect),
            Err(fault) => (Operation { state: State::Done }, Effect::Answer(Err(fault))),
        }
    }

    /// Goes on with what the host did.
    pub fn step(&mut self, event: Event, now_ms: u64) -> Effect {
        match (std::mem::replace(&mut self.state, State::Done), event) {
            (State::Invoke(mut call), event) => {
                let effect = call.step(event, now_ms);
                self.invoked(call, effect)
            }
            (State::Rows, Event::Sql(result)) => answer(result.map_err(|fault| fault.operation_fault())),
            (State::Begin, Event::Begun(result)) => answer(
                result
                    .map(|number| format!("{{\"tx\":{number}}}").into())
                    .map_err(|fault| fault.operation_fault()),
            ),
            (State::End, Event::Ended(result)) => {
                answer(result.map(|()| null()).map_err(|fault| fault.operation_fault()))
            }
            (State::Storage, Event::Storage(result)) => answer(
                result
                    .map(|done| storage::written(done).to_string().into())
                    .map_err(|fault| fault.operation_fault()),
            ),
            (State::Done, _) => Effect::Done,
            (_, event) => answer(Err(OperationFault {
                problem: Box::new(Problem::new(ErrorCode::Internal)),
                cause: Some(format!("`{}` does not answer the operation", event.name()).into()),
            })),
        }
    }

    /// Whether nothing is left to do: after most answers.
    pub fn is_done(&self) -> bool {
        match &self.state {
            State::Invoke(call) => call.is_done(),
            state => matches!(state, State::Done),
        }
    }

    /// The path of the logic that it invokes.
    pub fn logic(&self) -> Option<&str> {
        match &self.state {
            State::Invoke(call) => call.logic(),
            _ => None,
        }
    }

    fn invoked(&mut self, call: Box<Call>, effect: Effect) -> Effect {
        self.state = State::Invoke(call);
        match effect {
            Effect::Reply(reply) => Effect::Answer(invoke::answer(reply)),
            effect => effect,
        }
    }
}

fn begin(scope: &Arc<Scope>, name: &str, input: &[u8], now_ms: u64) -> Begun {
    let input = Input::parse(name, input)?;
    let timeout_ms = scope.remaining_ms(now_ms);
    match name {
        "request" => known(input, scope.request.clone()),
        "getSecret" => secret(scope, input),
        _ if timeout_ms == 0 => {
            Err(OperationFault { problem: Box::new(Problem::new(ErrorCode::Timeout)), cause: None })
        }
        "db.query" => database::query(scope, input, timeout_ms),
        "db.begin" => database::begin(scope, input, timeout_ms),
        "db.commit" => database::end(input, true, timeout_ms),
        "db.rollback" => database::end(input, false, timeout_ms),
        "invoke" => invoke::start(scope, input, now_ms),
        _ => match name.strip_prefix("storage.") {
            Some(verb) => storage::start(scope, verb, input, timeout_ms),
            None => Err(unknown(name)),
        },
    }
}

fn secret(scope: &Scope, mut input: Input<'_>) -> Begun {
    let name = input.text("name")?;
    let Some(value) = scope.program().secrets.get(&name) else {
        let detail = format!("secret `{name}` is not in `secrets:` of the header");
        return Err(OperationFault::misuse(detail));
    };
    let mut out = Vec::with_capacity(value.len() + 2);
    json::write_string(value, &mut out);
    known(input, out.into())
}

/// An answer that needs nothing to be done.
fn known(input: Input<'_>, body: Bytes) -> Begun {
    input.done()?;
    Ok((State::Done, Effect::Answer(Ok(body))))
}

fn answer(result: OperationResult) -> Effect {
    Effect::Answer(result)
}

fn null() -> Bytes {
    Bytes::from_static(b"null")
}

fn unknown(name: &str) -> OperationFault {
    OperationFault::misuse(format!("there is no operation `{name}`"))
}
