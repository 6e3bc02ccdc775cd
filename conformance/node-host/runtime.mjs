// The wasm32 build of stk-runtime behind its C ABI (see crates/stk-runtime/src/wasm.rs): frames in, frames out.

import { readFile } from "node:fs/promises";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const json = (value) => encoder.encode(JSON.stringify(value));

export class Runtime {
  #exports;

  static async load(path) {
    const runtime = new Runtime();
    const { instance } = await WebAssembly.instantiate(await readFile(path), {});
    runtime.#exports = instance.exports;
    return runtime;
  }

  #send(...frames) {
    const length = frames.reduce((sum, frame) => sum + 4 + frame.length, 0);
    let at = this.#exports.stk_input(length);
    // Taken after the call, which may have made the memory grow.
    const memory = this.#exports.memory.buffer;
    const [bytes, view] = [new Uint8Array(memory), new DataView(memory)];
    for (const frame of frames) {
      view.setUint32(at, frame.length, true);
      bytes.set(frame, at + 4);
      at += 4 + frame.length;
    }
  }

  #received() {
    const start = this.#exports.stk_output();
    const output = new Uint8Array(this.#exports.memory.buffer, start, this.#exports.stk_output_length()).slice();
    const view = new DataView(output.buffer);
    const length = view.getUint32(0, true);
    return { head: decoder.decode(output.subarray(4, 4 + length)), bytes: output.subarray(8 + length) };
  }

  /** A deployment: encoded release and attestation, and the secrets by name. */
  deploy(release, attestation, secrets) {
    this.#send(release, attestation, json(secrets));
    const deployment = this.#exports.stk_load();
    if (deployment === 0) throw new Error(`stk-runtime refused the package: ${this.#received().head}`);
    return deployment;
  }

  /** Starts a call: `{ call, effect, bytes }`. */
  start(deployment, request, body) {
    this.#send(json(request), body);
    const call = this.#exports.stk_start(deployment);
    if (call === 0) throw new Error("stk-runtime could not read the request");
    return { call, ...this.#effect() };
  }

  step(call, event, bytes = new Uint8Array()) {
    this.#send(json(event), bytes);
    this.#exports.stk_step(call);
    return this.#effect();
  }

  #effect() {
    const { head, bytes } = this.#received();
    return { effect: JSON.parse(head), bytes };
  }

  beginRows(call) {
    this.#exports.stk_rows_begin(call);
  }

  /** Whether the row was taken. */
  pushRow(call, payload) {
    this.#send(payload);
    return this.#exports.stk_rows_push(call) === 1;
  }

  /** Whether the rows make a result. */
  finishRows(call) {
    return this.#exports.stk_rows_finish(call) === 1;
  }

  end(call) {
    this.#exports.stk_end(call);
  }
}
