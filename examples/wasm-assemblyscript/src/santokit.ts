// What a command in AssemblyScript needs to be a logic: params, operations, and a little JSON text.

// @ts-ignore: decorators belong to AssemblyScript
@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(fd: i32, buffers: usize, count: i32, read: usize): i32;
// @ts-ignore
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: i32, buffers: usize, count: i32, written: usize): i32;
// @ts-ignore
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void;
// @ts-ignore
@external("santokit", "call")
declare function santokit_call(name: usize, nameLength: i32, input: usize, inputLength: i32): i32;
// @ts-ignore
@external("santokit", "read")
declare function santokit_read(buffer: usize, length: i32): i32;

// Address and length of a buffer, and how much of it was used: what fd_read and fd_write take.
const buffer = memory.data(8);
const count = memory.data(4);

/** All of stdin: the params, a JSON object. */
export function params(): string {
  // Parts end anywhere, also inside a letter: UTF-8 is decoded once all of it is there.
  let whole = new ArrayBuffer(0);
  const part = new ArrayBuffer(4096);
  while (true) {
    store<u32>(buffer, changetype<usize>(part) as u32);
    store<u32>(buffer, part.byteLength, 4);
    fd_read(0, buffer, 1, count);
    const length = load<u32>(count);
    if (length == 0) return String.UTF8.decode(whole);
    whole = concat(whole, part, length);
  }
}

function concat(start: ArrayBuffer, end: ArrayBuffer, length: i32): ArrayBuffer {
  const whole = new ArrayBuffer(start.byteLength + length);
  memory.copy(changetype<usize>(whole), changetype<usize>(start), start.byteLength);
  memory.copy(changetype<usize>(whole) + start.byteLength, changetype<usize>(end), length);
  return whole;
}

/** Writes the result. */
export function reply(json: string): void {
  const text = String.UTF8.encode(json);
  store<u32>(buffer, changetype<usize>(text) as u32);
  store<u32>(buffer, text.byteLength, 4);
  fd_write(1, buffer, 1, count);
}

/** Ends the call with a problem. One with a status of 4xx is the caller's answer. */
export function refuse(problem: string): void {
  reply(problem);
  proc_exit(1);
}

/** Performs an operation. One that fails ends the call with its problem. */
export function call(name: string, input: string): string {
  const nameText = String.UTF8.encode(name);
  const inputText = String.UTF8.encode(input);
  const length = santokit_call(
    changetype<usize>(nameText),
    nameText.byteLength,
    changetype<usize>(inputText),
    inputText.byteLength,
  );
  const answer = new ArrayBuffer(abs(length));
  santokit_read(changetype<usize>(answer), answer.byteLength);
  const text = String.UTF8.decode(answer);
  if (length < 0) refuse(text);
  return text;
}

/**
 * The string param of this name as JSON text, its quotes left out. Escapes stay as they are, so that the text can go
 * into other JSON.
 */
export function textParam(params: string, name: string): string {
  let depth = 0;
  for (let at = 0; at < params.length; at++) {
    const letter = params.charCodeAt(at);
    if (letter == 0x7b /* { */ || letter == 0x5b /* [ */) depth++;
    if (letter == 0x7d /* } */ || letter == 0x5d /* ] */) depth--;
    if (letter != 0x22 /* " */) continue;
    const end = endOfString(params, at);
    const isKey = depth == 1 && params.charCodeAt(end) == 0x3a /* : */;
    if (isKey && params.substring(at + 1, end - 1) == name) {
      return params.substring(end + 2, endOfString(params, end + 1) - 1);
    }
    at = end - 1;
  }
  return "";
}

/** The end of the string literal that starts at `at`. */
function endOfString(text: string, at: i32): i32 {
  for (at++; at < text.length && text.charCodeAt(at) != 0x22 /* " */; at++) {
    if (text.charCodeAt(at) == 0x5c /* \ */) at++;
  }
  return at + 1;
}
