//! The price of one symbol: one query by santokit.call.

const santokit = @import("santokit");

const Quote = struct { symbol: []const u8, price: []const u8 };

pub fn main() void {
    const params = santokit.params(struct { symbol: []const u8 });
    const rows = santokit.perform([]Quote, "db.query", .{
        .alias = "main",
        .sql = "select symbol, price from quotes where symbol = $1",
        .values = .{params.symbol},
    });
    if (rows.len == 0) santokit.refuse(404, "unknown_symbol", "there is no such symbol");
    santokit.reply(rows[0]);
}
