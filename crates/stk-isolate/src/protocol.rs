//! What Server and isolate process say to each other: frames over one stream socket.
//!
//! A frame is its length as a little-endian `u32`, then a tag and the fields of a [`ToIsolate`] or [`FromIsolate`]. Both
//! ends are the same binary, so there are no versions. Texts and JSON are carried as bytes and never looked at here.

mod wire;

use std::fmt;
use std::sync::Arc;

pub use wire::{FrameError, Frames};
use wire::{Reader, Writer};

/// Longer frames end the connection: no message comes near.
pub const FRAME_BYTES_MAX: usize = 256 << 20;

/// One JavaScript module of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its path in the project, such as `logic/users/update.ts`.
    pub key: String,
    pub source: String,
    /// From import specifiers to keys.
    pub imports: Vec<(String, String)>,
}

/// From the Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToIsolate {
    /// Modules to run logic from, from now on known as `release`.
    Load {
        release: u32,
        modules: Arc<[Module]>,
    },
    /// No more runs of `release` will start.
    Unload {
        release: u32,
    },
    Start(Start),
    /// The end of an operation.
    Done {
        run: u32,
        operation: u32,
        result: Result<Vec<u8>, Fault>,
    },
    /// Nobody waits for the run any more.
    Abort {
        run: u32,
    },
}

/// One run to start.
#[derive(Clone, PartialEq, Eq)]
pub struct Start {
    pub run: u32,
    pub release: u32,
    /// Key of the module whose default export is called.
    pub entry: String,
    /// JSON, as are `request` and all inputs and results.
    pub params: Vec<u8>,
    pub request: Vec<u8>,
    pub secrets: Vec<(String, String)>,
    /// On the clock of [`crate::clock::now_ns`].
    pub deadline_ns: u64,
    pub memory_bytes: u64,
    pub result_bytes_max: u64,
    /// Whether the realm may be one that earlier runs of the same entry used.
    pub reuse: bool,
}

/// Params are the caller's and secrets the project's: neither is for a log.
impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Start { run, release, entry, .. } = self;
        let mut shown = f.debug_struct("Start");
        shown.field("run", run).field("release", release).field("entry", entry).finish_non_exhaustive()
    }
}

/// An operation that failed, as a `StkError` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub status: u16,
    pub code: String,
    pub message: String,
}

/// From the isolate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromIsolate {
    Operation {
        run: u32,
        operation: u32,
        name: String,
        input: Vec<u8>,
    },
    Log {
        run: u32,
        level: Level,
        message: String,
        fields: Option<String>,
    },
    /// The run is over; its realm is free again.
    Finished {
        run: u32,
        outcome: Outcome,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The result's JSON.
    Result(Vec<u8>),
    /// It threw. Message and stack, by the lines of the sources given.
    Failed(String),
    /// It threw a `StkError`.
    Refused(Fault),
    BadResult(String),
    ResultTooLarge,
    Memory,
    Timeout,
    /// As the Server wished: nobody waits for it.
    Aborted,
}

impl ToIsolate {
    /// Appends the frame.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::begin(out);
        match self {
            ToIsolate::Load { release, modules } => {
                writer.u8(1).u32(*release).u32(modules.len() as u32);
                for module in modules.iter() {
                    writer.text(&module.key).text(&module.source).pairs(&module.imports);
                }
            }
            ToIsolate::Unload { release } => {
                writer.u8(2).u32(*release);
            }
            ToIsolate::Start(start) => {
                writer.u8(3).u32(start.run).u32(start.release).text(&start.entry);
                writer.bytes(&start.params).bytes(&start.request).pairs(&start.secrets);
                writer.u64(start.deadline_ns).u64(start.memory_bytes).u64(start.result_bytes_max);
                writer.u8(u8::from(start.reuse));
            }
            ToIsolate::Done { run, operation, result } => {
                writer.done(*run, *operation, result.as_deref());
            }
            ToIsolate::Abort { run } => {
                writer.u8(5).u32(*run);
            }
        }
    }

    /// As [`ToIsolate::Done`], from borrowed parts.
    pub fn write_done(out: &mut Vec<u8>, run: u32, operation: u32, result: Result<&[u8], &Fault>) {
        Writer::begin(out).done(run, operation, result);
    }

    /// Reads one frame's body, all of it.
    pub fn read(body: &[u8]) -> Result<ToIsolate, FrameError> {
        let mut reader = Reader::new(body);
        let message = match reader.u8()? {
            1 => {
                let release = reader.u32()?;
                let module = |reader: &mut Reader<'_>| {
                    Ok(Module { key: reader.text()?, source: reader.text()?, imports: reader.pairs()? })
                };
                ToIsolate::Load { release, modules: reader.list(module)?.into() }
            }
            2 => ToIsolate::Unload { release: reader.u32()? },
            3 => ToIsolate::Start(Start {
                run: reader.u32()?,
                release: reader.u32()?,
                entry: reader.text()?,
                params: reader.bytes()?.to_vec(),
                request: reader.bytes()?.to_vec(),
                secrets: reader.pairs()?,
                deadline_ns: reader.u64()?,
                memory_bytes: reader.u64()?,
                result_bytes_max: reader.u64()?,
                reuse: reader.u8()? != 0,
            }),
            4 => {
                let (run, operation) = (reader.u32()?, reader.u32()?);
                let result = match reader.u8()? {
                    0 => Ok(reader.bytes()?.to_vec()),
                    _ => Err(reader.fault()?),
                };
                ToIsolate::Done { run, operation, result }
            }
            5 => ToIsolate::Abort { run: reader.u32()? },
            tag => return Err(FrameError::Tag(tag)),
        };
        reader.end().map(|()| message)
    }
}

impl FromIsolate {
    /// Appends the frame.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            FromIsolate::Operation { run, operation, name, input } => {
                FromIsolate::write_operation(out, *run, *operation, name, input);
            }
            FromIsolate::Log { run, level, message, fields } => {
                FromIsolate::write_log(out, *run, *level, message, fields.as_deref());
            }
            FromIsolate::Finished { run, outcome } => {
                let mut writer = Writer::begin(out);
                writer.u8(3).u32(*run);
                match outcome {
                    Outcome::Result(json) => {
                        writer.u8(0).bytes(json);
                    }
                    Outcome::Failed(text) => {
                        writer.u8(1).text(text);
                    }
                    Outcome::Refused(fault) => {
                        writer.u8(2).fault(fault);
                    }
                    Outcome::BadResult(text) => {
                        writer.u8(3).text(text);
                    }
                    Outcome::ResultTooLarge => {
                        writer.u8(4);
                    }
                    Outcome::Memory => {
                        writer.u8(5);
                    }
                    Outcome::Timeout => {
                        writer.u8(6);
                    }
                    Outcome::Aborted => {
                        writer.u8(7);
                    }
                }
            }
        }
    }

    /// As [`FromIsolate::Operation`], from borrowed parts.
    pub fn write_operation(out: &mut Vec<u8>, run: u32, operation: u32, name: &str, input: &[u8]) {
        Writer::begin(out).u8(1).u32(run).u32(operation).text(name).bytes(input);
    }

    /// As [`FromIsolate::Log`], from borrowed parts.
    pub fn write_log(out: &mut Vec<u8>, run: u32, level: Level, message: &str, fields: Option<&str>) {
        let mut writer = Writer::begin(out);
        writer.u8(2).u32(run).u8(level as u8).text(message).u8(u8::from(fields.is_some()));
        if let Some(fields) = fields {
            writer.text(fields);
        }
    }

    /// Reads one frame's body, all of it.
    pub fn read(body: &[u8]) -> Result<FromIsolate, FrameError> {
        let mut reader = Reader::new(body);
        let message = match reader.u8()? {
            1 => FromIsolate::Operation {
                run: reader.u32()?,
                operation: reader.u32()?,
                name: reader.text()?,
                input: reader.bytes()?.to_vec(),
            },
            2 => {
                let run = reader.u32()?;
                let level = match reader.u8()? {
                    0 => Level::Debug,
                    1 => Level::Info,
                    2 => Level::Warn,
                    _ => Level::Error,
                };
                let message = reader.text()?;
                let fields = if reader.u8()? == 0 { None } else { Some(reader.text()?) };
                FromIsolate::Log { run, level, message, fields }
            }
            3 => {
                let run = reader.u32()?;
                let outcome = match reader.u8()? {
                    0 => Outcome::Result(reader.bytes()?.to_vec()),
                    1 => Outcome::Failed(reader.text()?),
                    2 => Outcome::Refused(reader.fault()?),
                    3 => Outcome::BadResult(reader.text()?),
                    4 => Outcome::ResultTooLarge,
                    5 => Outcome::Memory,
                    6 => Outcome::Timeout,
                    7 => Outcome::Aborted,
                    tag => return Err(FrameError::Tag(tag)),
                };
                FromIsolate::Finished { run, outcome }
            }
            tag => return Err(FrameError::Tag(tag)),
        };
        reader.end().map(|()| message)
    }
}

#[cfg(test)]
mod tests;
