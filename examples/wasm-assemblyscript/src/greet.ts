// Greets by name: params on stdin, the result on stdout.

import { params, reply, textParam } from "./santokit";

export function _start(): void {
  const name = textParam(params(), "name");
  reply('{"greeting":"Hello, ' + name + '!"}');
}
