//! The check of a `.wasm` file: a WASI preview 1 command that a Server can run.
//!
//! Deliberately absent: compiling and running it. Whether it reads its params and writes JSON shows only in a call.

use stk_contract::wasm::{
    FUNCTION_BYTES_MAX, IMPORTS, MODULE_BYTES_MAX, PAGE_BYTES, SANTOKIT, TABLE_ELEMENTS_MAX, TABLES_MAX,
    Value, WASI, import,
};
use wasmparser::{
    BinaryReaderError, CompositeInnerType, Export, ExternalKind, FuncType, FuncValidatorAllocations, Import,
    MemoryType, Parser, Payload, TableType, TypeRef, ValType, ValidPayload, Validator, WasmFeatures,
    types::{CoreTypeId, TypesRef},
};

use crate::code::Code;
use crate::findings::{Finding, Findings, nearest};
use crate::text::Position;

/// What compilers emit today, without threads, exceptions, garbage collection, several memories or 64-bit ones.
const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::RELAXED_SIMD);

/// Checks one module. `memory_bytes` is what a call may use, by `config/limits.yaml`.
pub(crate) fn check(bytes: &[u8], memory_bytes: u64, findings: &mut Findings) {
    let mut wasm = Check { memory_bytes, findings };
    if bytes.len() > MODULE_BYTES_MAX {
        let message = format!("the module has {} bytes; the limit is {MODULE_BYTES_MAX}", bytes.len());
        wasm.add(Code::WasmTooLarge, message).hint("strip debug information, and build for size: `-Oz -s`");
    } else if Parser::is_component(bytes) {
        wasm.add(Code::WasmInvalid, "this is a component; a logic is a core module")
            .hint("build for WASI preview 1, such as `--target wasm32-wasip1`");
    } else if !Parser::is_core_wasm(bytes) {
        wasm.add(Code::WasmInvalid, "this is not a WebAssembly module");
    } else if let Err(error) = wasm.sections(bytes) {
        wasm.add(Code::WasmInvalid, error.to_string());
    }
}

struct Check<'a> {
    memory_bytes: u64,
    findings: &'a mut Findings,
}

impl Check<'_> {
    fn add(&mut self, code: Code, message: impl Into<String>) -> &mut Finding {
        self.findings.add(code, Position::WHOLE_FILE, message)
    }

    fn sections(&mut self, bytes: &[u8]) -> Result<(), BinaryReaderError> {
        let mut validator = Validator::new_with_features(FEATURES);
        let mut imports = Vec::new();
        let mut exports = Vec::new();
        let mut allocations = FuncValidatorAllocations::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            match validator.payload(&payload)? {
                ValidPayload::Func(to_validate, body) => {
                    self.function(to_validate.index, body.range().len());
                    let mut function = to_validate.into_validator(allocations);
                    function.validate(&body)?;
                    allocations = function.into_allocations();
                }
                ValidPayload::End(types) => {
                    self.imports(&imports, types.as_ref());
                    self.exports(&exports, types.as_ref());
                }
                ValidPayload::Ok | ValidPayload::Parser(_) => {}
            }
            match payload {
                Payload::ImportSection(section) => {
                    imports = section.into_imports().collect::<Result<_, _>>()?;
                }
                Payload::ExportSection(section) => exports = section.into_iter().collect::<Result<_, _>>()?,
                Payload::MemorySection(section) => {
                    for memory in section {
                        self.memory(memory?);
                    }
                }
                Payload::TableSection(section) => {
                    self.tables(section.count());
                    for table in section {
                        self.table(table?.ty);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn function(&mut self, index: u32, bytes: usize) {
        if bytes > FUNCTION_BYTES_MAX {
            let message = format!("function {index} has {bytes} bytes; the limit is {FUNCTION_BYTES_MAX}");
            self.add(Code::WasmTooLarge, message).hint("turn off inlining, or split the function");
        }
    }

    fn memory(&mut self, memory: MemoryType) {
        let bytes = memory.initial.saturating_mul(PAGE_BYTES);
        if bytes > self.memory_bytes {
            let limit = self.memory_bytes;
            let message = format!("the module starts with {bytes} bytes of memory; a call may use {limit}");
            self.add(Code::WasmLimit, message).hint(
                "raise `memory` in `config/limits.yaml`, or lower the initial memory in the linker's options",
            );
        }
    }

    fn tables(&mut self, count: u32) {
        if count > TABLES_MAX {
            self.add(Code::WasmLimit, format!("the module has {count} tables; the limit is {TABLES_MAX}"));
        }
    }

    fn table(&mut self, table: TableType) {
        if table.initial > TABLE_ELEMENTS_MAX {
            let elements = table.initial;
            self.add(
                Code::WasmLimit,
                format!("a table has {elements} elements; the limit is {TABLE_ELEMENTS_MAX}"),
            );
        }
    }

    fn imports(&mut self, imports: &[Import<'_>], types: TypesRef<'_>) {
        for found in imports {
            let name = format!("{}.{}", found.module, found.name);
            let Some(known) = import(found.module, found.name) else {
                self.unknown_import(found, &name);
                continue;
            };
            let declared = match found.ty {
                TypeRef::Func(index) => types.core_type_at_in_module(index),
                _ => {
                    self.add(Code::WasmImport, format!("`{name}` is a function"));
                    continue;
                }
            };
            if !function_type(types, declared).is_some_and(|ty| has_type(ty, known)) {
                self.add(Code::WasmImport, format!("the import `{name}` has another type than here"));
            }
        }
    }

    fn unknown_import(&mut self, found: &Import<'_>, name: &str) {
        let names = IMPORTS.iter().filter(|import| import.module == found.module).map(|import| import.name);
        let near = nearest(found.name, names);
        let finding =
            self.add(Code::WasmImport, format!("the module imports `{name}`, which does not exist here"));
        match (found.module, found.name, near) {
            ("env", "abort", _) => finding.hint("AssemblyScript: build with `--use abort=`"),
            ("env", ..) => finding
                .hint("a function was declared and never defined, or the module was not linked for WASI"),
            (module, _, Some(near)) => finding.hint(format!("did you mean `{module}.{near}`?")),
            _ => finding.hint(format!("there are `{WASI}` and `{SANTOKIT}`")),
        }
    }

    fn exports(&mut self, exports: &[Export<'_>], types: TypesRef<'_>) {
        let find = |name: &str| exports.iter().find(|export| export.name == name);
        match find("_start") {
            Some(start) if start.kind == ExternalKind::Func => {
                let ty = function_type(types, types.core_function_at(start.index));
                if !ty.is_some_and(|ty| ty.params().is_empty() && ty.results().is_empty()) {
                    self.add(Code::WasmExport, "`_start` takes and gives nothing");
                }
            }
            _ => {
                let finding = self.add(Code::WasmExport, "the module does not export the function `_start`");
                if find("_initialize").is_some() {
                    finding.hint("it is a library (reactor); build a command, with a `main`");
                } else {
                    finding.hint("build a WASI command, with a `main`");
                }
            }
        }
        if find("memory").is_none_or(|memory| memory.kind != ExternalKind::Memory) {
            self.add(Code::WasmExport, "the module does not export its memory as `memory`");
        }
    }
}

fn function_type(types: TypesRef<'_>, id: CoreTypeId) -> Option<&FuncType> {
    match &types.get(id)?.composite_type.inner {
        CompositeInnerType::Func(ty) => Some(ty),
        _ => None,
    }
}

fn has_type(found: &FuncType, known: &stk_contract::wasm::ImportedFunction) -> bool {
    let value = |value: &Value| match value {
        Value::I32 => ValType::I32,
        Value::I64 => ValType::I64,
    };
    found.params().iter().copied().eq(known.params.iter().map(value))
        && found.results().iter().copied().eq(known.result.iter().map(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceText;

    /// Checks a module given as text, and compares what was found: code, message and hint, a line each.
    #[track_caller]
    fn check_text(wat: &str, expect: &[&str]) {
        check_bytes(&wat::parse_str(wat).unwrap(), expect);
    }

    #[track_caller]
    fn check_bytes(bytes: &[u8], expect: &[&str]) {
        let mut findings = Findings::default();
        check(bytes, 64_000_000, &mut findings);
        let found: Vec<String> = findings
            .into_diagnostics("logic/a.wasm", &SourceText::default())
            .into_iter()
            .map(|found| {
                let message = found.message.split(" (at offset").next().unwrap();
                let hint = found.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
                format!("{} {message}{hint}", found.code)
            })
            .collect();
        assert_eq!(found, expect);
    }

    const COMMAND: &str = r#"(memory (export "memory") 1) (func (export "_start"))"#;

    #[test]
    fn a_command_that_imports_what_there_is_passes() {
        check_text(
            &format!(
                r#"(module
                (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
                (import "wasi_snapshot_preview1" "path_open"
                    (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
                (import "santokit" "call" (func (param i32 i32 i32 i32) (result i32)))
                {COMMAND})"#
            ),
            &[],
        );
    }

    #[test]
    fn other_imports_are_refused_by_name() {
        check_text(
            &format!(
                r#"(module
                (import "env" "abort" (func (param i32 i32 i32 i32)))
                (import "env" "strlen" (func (param i32) (result i32)))
                (import "wasi_snapshot_preview1" "fd_wrte" (func (param i32 i32 i32 i32) (result i32)))
                (import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
                {COMMAND})"#
            ),
            &[
                "wasm.import the module imports `env.abort`, which does not exist here (AssemblyScript: build with `--use abort=`)",
                "wasm.import the module imports `env.strlen`, which does not exist here (a function was declared and never defined, or the module was not linked for WASI)",
                "wasm.import the module imports `wasi_snapshot_preview1.fd_wrte`, which does not exist here (did you mean `wasi_snapshot_preview1.fd_write`?)",
                "wasm.import the module imports `wasi_unstable.fd_write`, which does not exist here (there are `wasi_snapshot_preview1` and `santokit`)",
            ],
        );
    }

    #[test]
    fn an_import_of_another_type_is_refused() {
        check_text(
            r#"(module
                (import "santokit" "call" (func (param i32) (result i32)))
                (import "santokit" "read" (memory 1))
                (export "memory" (memory 0))
                (func (export "_start")))"#,
            &[
                "wasm.import the import `santokit.call` has another type than here",
                "wasm.import `santokit.read` is a function",
            ],
        );
    }

    #[test]
    fn a_library_is_no_command() {
        check_text(
            r#"(module (func (export "_initialize")))"#,
            &[
                "wasm.export the module does not export the function `_start` (it is a library (reactor); build a command, with a `main`)",
                "wasm.export the module does not export its memory as `memory`",
            ],
        );
        check_text(
            r#"(module (memory (export "memory") 1) (func (export "_start") (param i32)))"#,
            &["wasm.export `_start` takes and gives nothing"],
        );
    }

    #[test]
    fn memory_and_tables_are_held_to_the_limits() {
        check_text(
            r#"(module (memory (export "memory") 1000) (table 70000 funcref) (func (export "_start")))"#,
            &[
                "wasm.limit a table has 70000 elements; the limit is 65536",
                "wasm.limit the module starts with 65536000 bytes of memory; a call may use 64000000 (raise `memory` in `config/limits.yaml`, or lower the initial memory in the linker's options)",
            ],
        );
        check_text(
            r#"(module (memory (export "memory") 1) (func (export "_start"))
                (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref))"#,
            &["wasm.limit the module has 5 tables; the limit is 4"],
        );
    }

    #[test]
    fn features_that_are_off_are_named() {
        check_text(
            r#"(module (memory (export "memory") 1 2 shared) (func (export "_start")))"#,
            &["wasm.invalid threads must be enabled for shared memories"],
        );
        check_text(
            r#"(module (memory (export "memory") i64 1) (func (export "_start")))"#,
            &["wasm.invalid memory64 must be enabled for 64-bit memories"],
        );
    }

    #[test]
    fn what_is_no_module_is_refused() {
        check_bytes(b"", &["wasm.invalid this is not a WebAssembly module"]);
        check_bytes(b"\0asm", &["wasm.invalid this is not a WebAssembly module"]);
        check_bytes(
            b"\0asm\x0d\0\x01\0",
            &[
                "wasm.invalid this is a component; a logic is a core module (build for WASI preview 1, such as `--target wasm32-wasip1`)",
            ],
        );
        let mut cut = wat::parse_str(format!("(module {COMMAND})")).unwrap();
        cut.truncate(cut.len() - 3);
        check_bytes(&cut, &["wasm.invalid unexpected end-of-file"]);
        check_text(
            r#"(module (memory (export "memory") 1) (func (export "_start") i32.const 1))"#,
            &["wasm.invalid type mismatch: values remaining on stack at end of block"],
        );
    }

    #[test]
    fn a_huge_module_and_a_huge_function_are_refused() {
        check_bytes(
            &vec![0; MODULE_BYTES_MAX + 1],
            &[
                "wasm.too_large the module has 16000001 bytes; the limit is 16000000 (strip debug information, and build for size: `-Oz -s`)",
            ],
        );
        let nops = "nop ".repeat(FUNCTION_BYTES_MAX);
        check_text(
            &format!(r#"(module (memory (export "memory") 1) (func (export "_start") {nops}))"#),
            &[
                "wasm.too_large function 0 has 1000002 bytes; the limit is 1000000 (turn off inlining, or split the function)",
            ],
        );
    }
}
