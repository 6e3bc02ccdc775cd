//! What a command in Zig needs to be a logic: params, the result, operations.

const std = @import("std");
const wasi = std.os.wasi;

/// A call is short: what it allocates goes with its instance.
pub const memory = std.heap.wasm_allocator;

extern "santokit" fn call(name: [*]const u8, name_length: usize, input: [*]const u8, input_length: usize) i32;
extern "santokit" fn read(buffer: [*]u8, length: usize) i32;

/// The params, checked by the Server against the twin file.
pub fn params(comptime Params: type) Params {
    var text: std.ArrayList(u8) = .empty;
    while (true) {
        const room = text.addManyAsSlice(memory, 4096) catch fail("out of memory");
        const buffers = [1]wasi.iovec_t{.{ .base = room.ptr, .len = room.len }};
        var count: usize = 0;
        if (wasi.fd_read(0, &buffers, buffers.len, &count) != .SUCCESS) fail("can not read stdin");
        text.items.len -= room.len - count;
        if (count == 0) break;
    }
    return parse(Params, text.items);
}

/// Ends the call with its result.
pub fn reply(value: anytype) noreturn {
    write(1, json(value));
    wasi.proc_exit(0);
}

/// Ends the call with an answer of 4xx.
pub fn refuse(status: u16, code: []const u8, detail: []const u8) noreturn {
    write(1, json(.{ .status = status, .code = code, .detail = detail }));
    wasi.proc_exit(1);
}

/// Performs an operation. One that fails ends the call with its problem.
pub fn perform(comptime Answer: type, name: []const u8, input: anytype) Answer {
    const text = json(input);
    const length = call(name.ptr, name.len, text.ptr, text.len);
    const answer = memory.alloc(u8, @abs(length)) catch fail("out of memory");
    _ = read(answer.ptr, answer.len);
    if (length < 0) {
        write(1, answer);
        wasi.proc_exit(1);
    }
    return parse(Answer, answer);
}

fn parse(comptime T: type, text: []const u8) T {
    return std.json.parseFromSliceLeaky(T, memory, text, .{ .ignore_unknown_fields = true }) catch |err| fail(@errorName(err));
}

fn json(value: anytype) []const u8 {
    return std.json.Stringify.valueAlloc(memory, value, .{}) catch fail("out of memory");
}

/// Stderr is the log.
pub fn fail(why: []const u8) noreturn {
    write(2, why);
    wasi.proc_exit(1);
}

fn write(fd: wasi.fd_t, bytes: []const u8) void {
    const buffers = [1]wasi.ciovec_t{.{ .base = bytes.ptr, .len = bytes.len }};
    var written: usize = 0;
    _ = wasi.fd_write(fd, &buffers, buffers.len, &written);
}
