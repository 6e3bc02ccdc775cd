//! The isolate process on its own, for the tests of this crate. Users start none: `stk server` does, of itself.

use std::process::ExitCode;

fn main() -> ExitCode {
    stk_isolate::main()
}
