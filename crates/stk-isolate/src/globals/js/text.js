// TextEncoder and TextDecoder. Decoding itself is native: the labels and tables of the Encoding standard.
export default function (native, load, uncurry) {
  const { expose, prints, wellFormed } = load('webidl');
  const { isSource, isUint8Array, viewOf, concat, set } = load('bytes');

  class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(input = '') { return native.encode(wellFormed(`${input}`)); }
    encodeInto(source, destination) {
      if (typeof source !== 'string') throw new TypeError('The "source" argument must be of type string.');
      if (!isUint8Array(destination)) throw new TypeError('The "dest" argument must be an instance of Uint8Array.');
      const { bytes, read } = native.encodePrefix(wellFormed(source), destination.length);
      set(destination, bytes, 0);
      return { read, written: bytes.length };
    }
  }
  expose(TextEncoder);

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #held; // between the pieces of a stream: the bytes of an unfinished character, and whether there was text

    constructor(label = 'utf-8', options = undefined) {
      const name = native.encodingOf(`${label}`);
      if (name === undefined) {
        const error = new RangeError(`The "${label}" encoding is not supported`);
        error.code = 'ERR_ENCODING_NOT_SUPPORTED';
        throw error;
      }
      this.#encoding = name;
      this.#fatal = !!options?.fatal;
      this.#ignoreBOM = !!options?.ignoreBOM;
    }

    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }

    decode(input = undefined, options = undefined) {
      if (input !== undefined && !isSource(input)) {
        throw new TypeError('The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.');
      }
      const more = !!options?.stream;
      const bytes = input === undefined ? concat([]) : viewOf(input);
      let text;
      if (!more && this.#held === undefined) {
        text = native.decode(this.#encoding, this.#ignoreBOM, this.#fatal, bytes);
      } else {
        const held = this.#held ?? { rest: concat([]), begun: false };
        // A byte order mark stands at the beginning only.
        const step = native.decodePiece(this.#encoding, this.#ignoreBOM || held.begun, this.#fatal, held.rest, bytes, !more);
        text = step?.text;
        this.#held = more && step !== undefined ? { rest: step.rest, begun: held.begun || step.took > 0 } : undefined;
      }
      if (text === undefined) {
        const error = new TypeError(`The encoded data was not valid for encoding ${this.#encoding}`);
        error.code = 'ERR_ENCODING_INVALID_ENCODED_DATA';
        throw error;
      }
      return text;
    }
  }
  expose(TextDecoder);
  prints(TextDecoder, (decoder) => ({ encoding: decoder.encoding, fatal: decoder.fatal, ignoreBOM: decoder.ignoreBOM }));

  return { TextEncoder, TextDecoder };
}
