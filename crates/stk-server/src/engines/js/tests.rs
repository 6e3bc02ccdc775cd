//! The engine against real isolate processes: the test binary itself becomes one where its first argument says so.

mod hostile;
mod processes;
mod runs;
mod support;
