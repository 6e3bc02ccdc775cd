//! The import module `santokit`: operations for guests, as `docs/reference/operations.md` describes it.
//!
//! `call` performs an operation and keeps its answer; `read` copies the answer out. What the job itself knows is
//! answered here; everything else is the business of [`Operations`](super::Operations).

use bytes::Bytes;
use serde::Deserialize;
use stk_contract::ErrorCode;
use stk_contract::wasm::SANTOKIT;
use stk_runtime::{OperationFault, OperationResult};
use tokio_util::task::AbortOnDropHandle;
use wasmtime::{AsContextMut as _, Caller, Linker};

use super::guest_memory;
use super::run::{Run, begin_slice};
use super::stop::Stop;
use crate::engines::LogLevel;

pub(super) fn link(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    linker.func_wrap_async(
        SANTOKIT,
        "call",
        |mut caller: Caller<'_, Run>, (name, name_length, input, input_length): (i32, i32, i32, i32)| {
            Box::new(async move {
                let answer = call(&mut caller, (name, name_length), (input, input_length)).await?;
                begin_slice(caller.as_context_mut());
                keep(caller.data_mut(), answer)
            })
        },
    )?;
    linker.func_wrap(SANTOKIT, "read", |mut caller: Caller<'_, Run>, address: i32, length: i32| {
        let (memory, run) = guest_memory::split(&mut caller)?;
        read(memory, run, address, length)
    })?;
    Ok(())
}

async fn call(
    caller: &mut Caller<'_, Run>,
    name: (i32, i32),
    input: (i32, i32),
) -> wasmtime::Result<OperationResult> {
    let (memory, run) = guest_memory::split(caller)?;
    let name = guest_memory::slice(memory, name.0, name.1)
        .ok_or(Stop::Misuse("the name of a call lies outside memory"))?;
    let name = std::str::from_utf8(name).map_err(|_| Stop::Misuse("the name of a call is not UTF-8"))?;
    let input = guest_memory::slice(memory, input.0, input.1)
        .ok_or(Stop::Misuse("the input of a call lies outside memory"))?;
    if let Some(answer) = answer_here(run, name, input) {
        return Ok(answer);
    }
    let operation = run.operations.perform(name, Bytes::copy_from_slice(input));
    Ok(match run.home() {
        None => operation.await,
        // Connections and timers belong to the caller's runtime, whose threads are not busy with guests.
        Some(home) => AbortOnDropHandle::new(home.spawn(operation))
            .await
            .unwrap_or_else(|error| Err(fault(ErrorCode::Internal, error.to_string()))),
    })
}

/// Keeps the answer for `read` and gives its length; negative, it is that of a problem.
fn keep(run: &mut Run, answer: OperationResult) -> wasmtime::Result<i32> {
    let (bytes, sign) = match answer {
        Ok(bytes) => (bytes, 1),
        Err(fault) => (Bytes::from(serde_json::to_vec(&*fault.problem)?), -1),
    };
    let length = i32::try_from(bytes.len()).map_err(|_| Stop::Misuse("the answer of a call is past 2 GB"))?;
    run.answer = bytes;
    Ok(sign * length)
}

fn read(memory: &mut [u8], run: &mut Run, address: i32, length: i32) -> wasmtime::Result<i32> {
    let target = guest_memory::slice_mut(memory, address, length)
        .ok_or(Stop::Misuse("the buffer of a read lies outside memory"))?;
    let bytes = run.answer.split_to(run.answer.len().min(target.len()));
    target[..bytes.len()].copy_from_slice(&bytes);
    // No longer than an answer, whose length fits.
    Ok(bytes.len() as i32)
}

/// Operations that need nothing but the job.
fn answer_here(run: &Run, name: &str, input: &[u8]) -> Option<OperationResult> {
    match name {
        "request" => Some(Ok(run.request.clone())),
        "getSecret" => Some(secret(run, input)),
        "log" => Some(log(run, input)),
        _ => None,
    }
}

fn secret(run: &Run, input: &[u8]) -> OperationResult {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        name: String,
    }
    let Input { name } = parse("getSecret", input)?;
    let secret = run.secrets.iter().find(|(known, _)| **known == *name);
    let Some((_, value)) = secret else {
        let detail = format!("`{name}` is not in the header's `secrets:`");
        return Err(fault(ErrorCode::LogicFailed, detail));
    };
    serde_json::to_vec(value).map(Bytes::from).map_err(|error| fault(ErrorCode::Internal, error.to_string()))
}

fn log(run: &Run, input: &[u8]) -> OperationResult {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input<'a> {
        level: Level,
        message: String,
        #[serde(borrow, default)]
        fields: Option<&'a serde_json::value::RawValue>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Level {
        Debug,
        Info,
        Warn,
        Error,
    }
    let Input { level, message, fields } = parse("log", input)?;
    let level = match level {
        Level::Debug => LogLevel::Debug,
        Level::Info => LogLevel::Info,
        Level::Warn => LogLevel::Warn,
        Level::Error => LogLevel::Error,
    };
    run.operations.log(level, &message, fields.map(serde_json::value::RawValue::get));
    Ok(Bytes::from_static(b"null"))
}

fn parse<'a, T: Deserialize<'a>>(name: &str, input: &'a [u8]) -> Result<T, OperationFault> {
    serde_json::from_slice(input)
        .map_err(|error| fault(ErrorCode::LogicFailed, format!("the input of `{name}`: {error}")))
}

fn fault(code: ErrorCode, detail: impl Into<String>) -> OperationFault {
    OperationFault::new(code, detail)
}
