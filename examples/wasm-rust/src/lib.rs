//! What a command in Rust needs to be a logic: params, the result, operations.
//!
//! It speaks WASI by three imports, so that it is the same for `wasm32-wasip1` and for `wasm32-unknown-unknown`. With the
//! former, `std::io::stdin`, `println!` and `eprintln!` work as well.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A problem: what the caller is told where the status is 4xx.
#[derive(Debug, Serialize)]
pub struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub detail: &'static str,
}

/// Makes a command of a function from params to a result.
#[macro_export]
macro_rules! command {
    ($handler:path) => {
        #[cfg(target_os = "wasi")]
        fn main() {
            $crate::run($handler);
        }

        #[cfg(not(target_os = "wasi"))]
        #[unsafe(no_mangle)]
        pub extern "C" fn _start() {
            $crate::run($handler);
        }
    };
}

pub fn run<Params: DeserializeOwned, Reply: Serialize>(handler: fn(Params) -> Result<Reply, Refusal>) {
    let params = match serde_json::from_slice(&stdin()) {
        Ok(params) => params,
        Err(error) => fail(&error.to_string()),
    };
    match handler(params) {
        Ok(reply) => write(STDOUT, &json(&reply)),
        Err(refusal) => exit_with(&json(&refusal)),
    }
}

/// Performs an operation. One that fails ends the call with its problem.
pub fn call<Answer: DeserializeOwned>(name: &str, input: &serde_json::Value) -> Answer {
    let input = json(input);
    // SAFETY: both ranges are those of slices that live until the call returns.
    let length = unsafe { santokit::call(name.as_ptr(), name.len(), input.as_ptr(), input.len()) };
    let mut answer = vec![0; length.unsigned_abs() as usize];
    // SAFETY: the range is that of a vector of this length.
    unsafe { santokit::read(answer.as_mut_ptr(), answer.len()) };
    if length < 0 {
        exit_with(&answer);
    }
    serde_json::from_slice(&answer).unwrap_or_else(|error| fail(&error.to_string()))
}

const STDIN: u32 = 0;
const STDOUT: u32 = 1;
const STDERR: u32 = 2;

/// What WASI reads into and writes from.
#[repr(C)]
struct Buffer {
    address: *mut u8,
    length: usize,
}

fn stdin() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let buffers = [Buffer { address: part.as_mut_ptr(), length: part.len() }];
        let mut read = 0;
        // SAFETY: the one buffer is `part`, of its length.
        unsafe { wasi::fd_read(STDIN, buffers.as_ptr(), 1, &mut read) };
        if read == 0 {
            return bytes;
        }
        bytes.extend_from_slice(&part[..read]);
    }
}

fn write(descriptor: u32, bytes: &[u8]) {
    let buffers = [Buffer { address: bytes.as_ptr().cast_mut(), length: bytes.len() }];
    let mut written = 0;
    // SAFETY: the one buffer is `bytes`, of its length.
    unsafe { wasi::fd_write(descriptor, buffers.as_ptr(), 1, &mut written) };
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|error| fail(&error.to_string()))
}

fn exit_with(problem: &[u8]) -> ! {
    write(STDOUT, problem);
    // SAFETY: it takes a number and does not return.
    unsafe { wasi::proc_exit(1) }
}

/// Stderr is the log.
fn fail(why: &str) -> ! {
    write(STDERR, why.as_bytes());
    // SAFETY: it takes a number and does not return.
    unsafe { wasi::proc_exit(1) }
}

mod santokit {
    #[link(wasm_import_module = "santokit")]
    unsafe extern "C" {
        pub fn call(name: *const u8, name_length: usize, input: *const u8, input_length: usize) -> i32;
        pub fn read(buffer: *mut u8, length: usize) -> i32;
    }
}

mod wasi {
    use super::Buffer;

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        pub fn fd_read(descriptor: u32, buffers: *const Buffer, count: usize, read: *mut usize) -> u32;
        pub fn fd_write(descriptor: u32, buffers: *const Buffer, count: usize, written: *mut usize) -> u32;
        pub fn proc_exit(code: u32) -> !;
    }
}
