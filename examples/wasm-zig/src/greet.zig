//! Greets by name: params on stdin, the result on stdout.

const std = @import("std");
const santokit = @import("santokit");

pub fn main() void {
    const params = santokit.params(struct { name: []const u8 });
    const greeting = std.mem.concat(santokit.memory, u8, &.{ "Hello, ", params.name, "!" }) catch
        santokit.fail("out of memory");
    santokit.reply(.{ .greeting = greeting });
}
