//! What a WebAssembly logic may import and how large it may be: the check at apply and the Server hold to one table.
//!
//! The imports are WASI preview 1, whole, and the module `santokit`. A command has three descriptors (stdin, stdout,
//! stderr) and no folder, so that whatever needs a file or a socket answers "bad descriptor", as WASI says it does.

/// Bytes of the largest module.
pub const MODULE_BYTES_MAX: usize = 16_000_000;

/// Bytes of the largest body of one function: what a compiler needs for one grows faster than its size.
pub const FUNCTION_BYTES_MAX: usize = 1_000_000;

/// Elements of the largest table.
pub const TABLE_ELEMENTS_MAX: u64 = 65_536;

/// Tables of one module.
pub const TABLES_MAX: u32 = 4;

/// Bytes of a page of memory.
pub const PAGE_BYTES: u64 = 65_536;

/// Module names of the imports.
pub const WASI: &str = "wasi_snapshot_preview1";
pub const SANTOKIT: &str = "santokit";

/// One function that a module may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedFunction {
    pub module: &'static str,
    pub name: &'static str,
    pub params: &'static [Value],
    pub result: Option<Value>,
}

/// The types of values that imports take and give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    I32,
    I64,
}

use Value::{I32, I64};

macro_rules! imports {
    ($($module:ident . $name:ident ($($param:ident)*) $($result:ident)?;)+) => {
        /// Every function that a module may import.
        pub const IMPORTS: &[ImportedFunction] = &[
            $(ImportedFunction {
                module: $module,
                name: stringify!($name),
                params: &[$($param),*],
                result: imports!(@result $($result)?),
            },)+
        ];
    };
    (@result) => { None };
    (@result $result:ident) => { Some($result) };
}

imports! {
    SANTOKIT.call(I32 I32 I32 I32) I32;
    SANTOKIT.read(I32 I32) I32;

    WASI.args_get(I32 I32) I32;
    WASI.args_sizes_get(I32 I32) I32;
    WASI.environ_get(I32 I32) I32;
    WASI.environ_sizes_get(I32 I32) I32;
    WASI.clock_res_get(I32 I32) I32;
    WASI.clock_time_get(I32 I64 I32) I32;
    WASI.fd_advise(I32 I64 I64 I32) I32;
    WASI.fd_allocate(I32 I64 I64) I32;
    WASI.fd_close(I32) I32;
    WASI.fd_datasync(I32) I32;
    WASI.fd_fdstat_get(I32 I32) I32;
    WASI.fd_fdstat_set_flags(I32 I32) I32;
    WASI.fd_fdstat_set_rights(I32 I64 I64) I32;
    WASI.fd_filestat_get(I32 I32) I32;
    WASI.fd_filestat_set_size(I32 I64) I32;
    WASI.fd_filestat_set_times(I32 I64 I64 I32) I32;
    WASI.fd_pread(I32 I32 I32 I64 I32) I32;
    WASI.fd_prestat_get(I32 I32) I32;
    WASI.fd_prestat_dir_name(I32 I32 I32) I32;
    WASI.fd_pwrite(I32 I32 I32 I64 I32) I32;
    WASI.fd_read(I32 I32 I32 I32) I32;
    WASI.fd_readdir(I32 I32 I32 I64 I32) I32;
    WASI.fd_renumber(I32 I32) I32;
    WASI.fd_seek(I32 I64 I32 I32) I32;
    WASI.fd_sync(I32) I32;
    WASI.fd_tell(I32 I32) I32;
    WASI.fd_write(I32 I32 I32 I32) I32;
    WASI.path_create_directory(I32 I32 I32) I32;
    WASI.path_filestat_get(I32 I32 I32 I32 I32) I32;
    WASI.path_filestat_set_times(I32 I32 I32 I32 I64 I64 I32) I32;
    WASI.path_link(I32 I32 I32 I32 I32 I32 I32) I32;
    WASI.path_open(I32 I32 I32 I32 I32 I64 I64 I32 I32) I32;
    WASI.path_readlink(I32 I32 I32 I32 I32 I32) I32;
    WASI.path_remove_directory(I32 I32 I32) I32;
    WASI.path_rename(I32 I32 I32 I32 I32 I32) I32;
    WASI.path_symlink(I32 I32 I32 I32 I32) I32;
    WASI.path_unlink_file(I32 I32 I32) I32;
    WASI.poll_oneoff(I32 I32 I32 I32) I32;
    WASI.proc_exit(I32);
    WASI.proc_raise(I32) I32;
    WASI.random_get(I32 I32) I32;
    WASI.sched_yield() I32;
    WASI.sock_accept(I32 I32 I32) I32;
    WASI.sock_recv(I32 I32 I32 I32 I32 I32) I32;
    WASI.sock_send(I32 I32 I32 I32 I32) I32;
    WASI.sock_shutdown(I32 I32) I32;
}

/// The function of this name, if a module may import it.
pub fn import(module: &str, name: &str) -> Option<&'static ImportedFunction> {
    IMPORTS.iter().find(|import| import.module == module && import.name == name)
}
