// The price of one symbol: one query by santokit.call.

import { call, params, refuse, reply, textParam } from "../santokit";

export function _start(): void {
  const symbol = textParam(params(), "symbol");
  const rows = call(
    "db.query",
    '{"alias":"main","sql":"select symbol, price from quotes where symbol = $1","values":["' + symbol + '"]}',
  );
  if (rows == "[]") refuse('{"status":404,"code":"unknown_symbol","detail":"there is no such symbol"}');
  // The symbol is the key, so that there is one row: the array without its brackets.
  reply(rows.substring(1, rows.length - 1));
}
