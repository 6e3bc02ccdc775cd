//! A stack as deep as the text asks for, and what is deeper than anybody writes.
//!
//! A parser of JavaScript recurses with the nesting of its input, and the Hub parses what strangers send. A thread
//! of its own with a stack in proportion to the text makes nesting cost memory that is given back, not the process.

use oxc::ast::AstKind;
use oxc::ast::ast::Program;
use oxc::ast_visit::Visit;
use oxc::span::GetSpan as _;

/// Bytes of stack for each byte of text. One byte of text is at most one level, and each level runs through the
/// precedences of expressions, whose frames are far larger where nothing is optimised. Brackets, the widest of
/// them, are bounded before the parser sees them.
const STACK_PER_BYTE: usize = if cfg!(debug_assertions) { 6 * 1024 } else { 2 * 1024 };

/// Bytes of stack for what does not grow with the text.
const STACK_BYTES_MIN: usize = if cfg!(debug_assertions) { 128 } else { 32 } * 1024 * 1024;

/// How deep brackets may nest.
pub(super) const BRACKETS_MAX: usize = 1000;

/// How deep anything may nest. What comes behind the parser looks from each node to those around it.
pub(super) const NODES_MAX: usize = 10_000;

/// Runs `work` on a stack that is deep enough for `bytes` of text. Pages of it that are not touched cost nothing; fails
/// where there is no address space for it.
pub(super) fn with_depth_for<R: Send>(bytes: usize, work: impl FnOnce() -> R + Send) -> std::io::Result<R> {
    let size = STACK_BYTES_MIN + bytes * STACK_PER_BYTE;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, work)?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The byte at which brackets nest too deep, strings and comments counted as if they were code.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > BRACKETS_MAX {
                    return Some(index);
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The place where a program nests too deep.
pub(super) fn nests_too_deep(program: &Program<'_>) -> Option<usize> {
    #[derive(Default)]
    struct Depth {
        now: usize,
        over: Option<usize>,
    }
    impl<'a> Visit<'a> for Depth {
        fn enter_node(&mut self, kind: AstKind<'a>) {
            self.now += 1;
            if self.now > NODES_MAX && self.over.is_none() {
                self.over = Some(kind.span().start as usize);
            }
        }
        fn leave_node(&mut self, _: AstKind<'a>) {
            self.now -= 1;
        }
    }
    let mut depth = Depth::default();
    depth.visit_program(program);
    depth.over
}
