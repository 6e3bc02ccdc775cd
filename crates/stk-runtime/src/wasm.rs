//! The runtime for hosts that are not Rust: a C ABI of a few functions, built for wasm32 only.
//!
//! Everything crosses the boundary in *frames*: a length of 4 bytes, little endian, then as many bytes. The host asks
//! [`stk_input`] for room, writes frames there, calls a function, and reads the frames it left from [`stk_output`]
//! on, [`stk_output_length`] bytes, before it calls anything else. Memory may grow in any call, so a host takes a
//! fresh view of it each time.
//!
//! | function | frames in | frames out | gives |
//! |---|---|---|---|
//! | `stk_load` | release, attestation, secrets (JSON object) | a text where it fails | a deployment, 0: failed |
//! | `stk_start` | request, body | effect, bytes | a call |
//! | `stk_step` | event, bytes | effect, bytes | |
//! | `stk_rows_begin` | | | |
//! | `stk_rows_push` | DataRow payloads | | 0: the rows were refused |
//! | `stk_rows_finish` | | | 0: the rows were refused |
//! | `stk_end`, `stk_unload` | | | |
//!
//! Effects, events and requests are JSON as `codec` writes and reads them. Rows go straight in: `stk_rows_begin` at each
//! run of an `sql` effect, any number of `stk_rows_push`, `stk_rows_finish` before the commit, then the event
//! `{"event":"sql","result":"rows"}`. What refused the rows is kept; the host only says `{"event":"sql","result":"rows"}`
//! then too, after its rollback.
//!
//! The host calls from one thread. Handles count from 1 and are reused after their end.

// `no_mangle` is an unsafe attribute because two symbols of one name would clash: these names are this module's own.
#![allow(unsafe_code)]

mod codec;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use stk_contract::package;

use crate::{Call, Deployment, Effect, Event, KeySets, RowFault, SqlFault, Writer};
use codec::{Said, frames};

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

#[derive(Default)]
struct Host {
    input: Vec<u8>,
    output: Vec<u8>,
    keys: Arc<KeySets>,
    deployments: Handles<Arc<Deployment>>,
    calls: Handles<Running>,
}

/// A call, with the rows of the SQL that it waits for.
struct Running {
    call: Call,
    work: Option<Arc<crate::SqlWork>>,
    rows: Rows,
}

enum Rows {
    None,
    Open(Writer),
    Finished(Result<bytes::Bytes, RowFault>),
}

struct Handles<T>(Vec<Option<T>>);

impl<T> Default for Handles<T> {
    fn default() -> Handles<T> {
        Handles(Vec::new())
    }
}

impl<T> Handles<T> {
    fn insert(&mut self, value: T) -> u32 {
        let index = self.0.iter().position(Option::is_none).unwrap_or_else(|| {
            self.0.push(None);
            self.0.len() - 1
        });
        self.0[index] = Some(value);
        index as u32 + 1
    }

    fn get(&mut self, handle: u32) -> Option<&mut T> {
        self.0.get_mut((handle as usize).checked_sub(1)?)?.as_mut()
    }

    fn remove(&mut self, handle: u32) {
        if let Some(slot) = (handle as usize).checked_sub(1).and_then(|index| self.0.get_mut(index)) {
            *slot = None;
        }
    }
}

/// Room for `length` bytes of frames.
#[unsafe(no_mangle)]
pub extern "C" fn stk_input(length: usize) -> *mut u8 {
    HOST.with_borrow_mut(|host| {
        host.input.clear();
        host.input.resize(length, 0);
        host.input.as_mut_ptr()
    })
}

/// Where the frames of the last call are.
#[unsafe(no_mangle)]
pub extern "C" fn stk_output() -> *const u8 {
    HOST.with_borrow(|host| host.output.as_ptr())
}

#[unsafe(no_mangle)]
pub extern "C" fn stk_output_length() -> usize {
    HOST.with_borrow(|host| host.output.len())
}

#[unsafe(no_mangle)]
pub extern "C" fn stk_load() -> u32 {
    HOST.with_borrow_mut(|host| match host.load() {
        Ok(deployment) => host.deployments.insert(Arc::new(deployment)),
        Err(reason) => {
            host.output = codec::output(reason.as_bytes(), b"");
            0
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn stk_unload(deployment: u32) {
    HOST.with_borrow_mut(|host| host.deployments.remove(deployment));
}

/// 0: there is no such deployment, or the request does not decode.
#[unsafe(no_mangle)]
pub extern "C" fn stk_start(deployment: u32) -> u32 {
    HOST.with_borrow_mut(|host| {
        let input = std::mem::take(&mut host.input);
        let Some(deployment) = host.deployments.get(deployment).cloned() else { return 0 };
        let Some([head, body]) = frames(&input) else { return 0 };
        let Some(head) = codec::request(head) else { return 0 };
        let (call, effect) = Call::start(&deployment, &head.with_body(body));
        let mut running = Running { call, work: None, rows: Rows::None };
        host.output = running.written(effect);
        host.calls.insert(running)
    })
}

/// Goes on with an event; what does not decode ends the call with 500.
#[unsafe(no_mangle)]
pub extern "C" fn stk_step(call: u32) {
    HOST.with_borrow_mut(|host| {
        let input = std::mem::take(&mut host.input);
        let Some(running) = host.calls.get(call) else { return };
        let said = frames(&input).and_then(|[head, bytes]| codec::event(head, bytes));
        let effect = running.step(said.unwrap_or_default());
        host.output = running.written(effect);
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn stk_rows_begin(call: u32) {
    HOST.with_borrow_mut(|host| {
        if let Some(running) = host.calls.get(call) {
            running.rows = running.work.as_ref().map_or(Rows::None, |work| Rows::Open(work.writer()));
        }
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn stk_rows_push(call: u32) -> u32 {
    HOST.with_borrow_mut(|host| {
        let input = std::mem::take(&mut host.input);
        let Some(running) = host.calls.get(call) else { return 0 };
        let Rows::Open(writer) = &mut running.rows else { return 0 };
        for payload in codec::each_frame(&input) {
            if let Err(fault) = writer.push_data_row(payload) {
                running.rows = Rows::Finished(Err(fault));
                return 0;
            }
        }
        1
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn stk_rows_finish(call: u32) -> u32 {
    HOST.with_borrow_mut(|host| {
        let Some(running) = host.calls.get(call) else { return 0 };
        running.rows = match std::mem::replace(&mut running.rows, Rows::None) {
            Rows::Open(writer) => Rows::Finished(writer.finish()),
            rows => rows,
        };
        u32::from(matches!(running.rows, Rows::Finished(Ok(_))))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn stk_end(call: u32) {
    HOST.with_borrow_mut(|host| host.calls.remove(call));
}

impl Host {
    fn load(&mut self) -> Result<Deployment, String> {
        let input = std::mem::take(&mut self.input);
        let [release, attestation, secrets] = frames(&input).ok_or("three frames are needed")?;
        let release = package::decode(release).map_err(|error| format!("release: {error}"))?;
        let attestation = package::decode(attestation).map_err(|error| format!("attestation: {error}"))?;
        let secrets: BTreeMap<String, String> =
            serde_json::from_slice(secrets).map_err(|error| format!("secrets: {error}"))?;
        Deployment::load(release, attestation, &secrets, self.keys.clone()).map_err(|error| error.to_string())
    }
}

impl Running {
    fn step(&mut self, said: Said) -> Effect {
        let event = match said.event {
            Some(codec::Heard::Event(event)) => event,
            Some(codec::Heard::Rows) => match std::mem::replace(&mut self.rows, Rows::None) {
                Rows::Finished(result) => Event::Sql(result.map_err(SqlFault::Row)),
                Rows::None | Rows::Open(_) => Event::Stored,
            },
            // Any event that nothing waits for: the call ends with 500.
            None => Event::Stored,
        };
        self.call.step(event, said.now_ms)
    }

    /// The effect as frames; SQL work is kept for its rows.
    fn written(&mut self, effect: Effect) -> Vec<u8> {
        if let Effect::Sql { work, .. } = &effect {
            self.work = Some(work.clone());
        }
        codec::effect(effect, self.call.is_done())
    }
}
