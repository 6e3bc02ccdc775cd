// TransformStream and the text streams built on it.
export default function (native, load, uncurry) {
  const { expose, prints, illegal, secret, deferred } = load('webidl');
  const { strategy } = load('queue');
  const R = load('readable');
  const W = load('writable');
  const { apply } = Reflect;
  const codeUnit = uncurry(String.prototype.charCodeAt);
  const slice = uncurry(String.prototype.slice);

  let stateOf;

  class TransformStream {
    #state = {
      readable: undefined, writable: undefined, r: undefined, backpressure: undefined, change: undefined, run: undefined,
      face: undefined,
    };

    static {
      stateOf = (stream) => stream.#state;
    }

    constructor(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
      if (transformer?.readableType !== undefined) throw new RangeError(`The property 'transformer.readableType' is invalid.`);
      if (transformer?.writableType !== undefined) throw new RangeError(`The property 'transformer.writableType' is invalid.`);
      const bind = (name) => {
        const value = transformer?.[name];
        if (value === undefined) return undefined;
        if (typeof value !== 'function') throw new TypeError(`The "transformer.${name}" property must be of type function.`);
        return (...args) => apply(value, transformer, args);
      };
      const input = strategy(writableStrategy, 1);
      const output = strategy(readableStrategy, 0);
      setUp(this.#state, { start: bind('start'), transform: bind('transform'), flush: bind('flush'), cancel: bind('cancel') }, input, output);
    }

    get readable() { return this.#state.readable; }
    get writable() { return this.#state.writable; }
  }
  expose(TransformStream);
  prints(TransformStream, (stream) => ({ readable: stream.readable, writable: stream.writable, backpressure: stateOf(stream).backpressure }));

  class TransformStreamDefaultController {
    #state;
    constructor(key, state) {
      illegal(key);
      this.#state = state;
    }
    get desiredSize() { return R.desiredSize(this.#state.r); }
    enqueue(chunk = undefined) { enqueue(this.#state, chunk); }
    error(reason = undefined) { fail(this.#state, reason); }
    terminate() {
      const state = this.#state;
      R.closeController(state.r);
      failWritable(state, new TypeError('Invalid state: TransformStream has been terminated'));
    }
  }
  expose(TransformStreamDefaultController);

  function setUp(state, run, input, output) {
    const started = deferred();
    state.run = run;
    state.face = new TransformStreamDefaultController(secret, state);
    state.writable = W.create({
      start: () => started.promise,
      write: (chunk) => sinkWrite(state, chunk),
      close: () => sinkClose(state),
      abort: (reason) => sinkAbort(state, reason),
    }, input.highWaterMark, input.size);
    state.readable = R.create({
      start: () => started.promise,
      pull() {
        setBackpressure(state, false);
        return state.change.promise;
      },
      cancel: (reason) => sourceCancel(state, reason),
    }, output.highWaterMark, output.size);
    state.r = R.stateOf(state.readable).controller;
    setBackpressure(state, true);
    started.resolve(run.start?.(state.face));
  }

  function setBackpressure(state, on) {
    state.change?.resolve(undefined);
    state.change = deferred();
    state.backpressure = on;
  }

  function enqueue(state, chunk) {
    if (!R.open(state.r)) throw new TypeError('Invalid state: Unable to enqueue');
    try {
      R.enqueue(state.r, chunk);
    } catch (error) {
      failWritable(state, error);
      throw R.stateOf(state.readable).error;
    }
    const full = !(R.desiredSize(state.r) > 0) && !waiting(state);
    if (full !== state.backpressure) setBackpressure(state, true);
  }

  const waiting = (state) => (R.stateOf(state.readable).reader?.requests.length ?? 0) > 0;

  function fail(state, reason) {
    R.errorController(state.r, reason);
    failWritable(state, reason);
  }

  function failWritable(state, reason) {
    state.run = {};
    W.error(W.stateOf(state.writable).c, reason);
    if (state.backpressure) setBackpressure(state, false);
  }

  async function sinkWrite(state, chunk) {
    if (state.backpressure) {
      await state.change.promise;
      const to = W.stateOf(state.writable);
      if (to.status === 'erroring') throw to.error;
    }
    try {
      if (state.run.transform === undefined) enqueue(state, chunk);
      else await state.run.transform(chunk, state.face);
    } catch (error) {
      fail(state, error);
      throw error;
    }
  }

  async function sinkClose(state) {
    const from = R.stateOf(state.readable);
    try {
      const { flush } = state.run;
      state.run = {};
      await flush?.(state.face);
    } catch (error) {
      fail(state, error);
      throw from.error;
    }
    if (from.status === 'errored') throw from.error;
    R.closeController(state.r);
  }

  async function sinkAbort(state, reason) {
    const { cancel } = state.run;
    state.run = {};
    try {
      await cancel?.(reason);
    } catch (error) {
      R.errorController(state.r, error);
      throw error;
    }
    R.errorController(state.r, reason);
  }

  async function sourceCancel(state, reason) {
    const { cancel } = state.run;
    state.run = {};
    try {
      await cancel?.(reason);
    } catch (error) {
      failWritable(state, error);
      throw error;
    }
    failWritable(state, reason);
  }

  class TextEncoderStream {
    #transform;
    constructor() {
      const { TextEncoder } = load('text');
      const encoder = new TextEncoder();
      let high = ''; // a lead surrogate whose trail may stand in the next chunk
      this.#transform = new TransformStream({
        transform(chunk, controller) {
          let string = high + `${chunk}`;
          high = '';
          const last = string.length === 0 ? 0 : codeUnit(string, string.length - 1);
          if (last >= 0xd800 && last <= 0xdbff) {
            high = string[string.length - 1];
            string = slice(string, 0, -1);
          }
          if (string !== '') controller.enqueue(encoder.encode(string));
        },
        flush(controller) {
          if (high !== '') controller.enqueue(encoder.encode(high));
        },
      });
    }
    get encoding() { return 'utf-8'; }
    get readable() { return this.#transform.readable; }
    get writable() { return this.#transform.writable; }
  }
  expose(TextEncoderStream);

  class TextDecoderStream {
    #transform;
    #decoder;
    constructor(label = 'utf-8', options = undefined) {
      const { TextDecoder } = load('text');
      const decoder = new TextDecoder(label, options);
      this.#decoder = decoder;
      this.#transform = new TransformStream({
        transform(chunk, controller) {
          const string = decoder.decode(chunk, { stream: true });
          if (string !== '') controller.enqueue(string);
        },
        flush(controller) {
          const string = decoder.decode();
          if (string !== '') controller.enqueue(string);
        },
      });
    }
    get encoding() { return this.#decoder.encoding; }
    get fatal() { return this.#decoder.fatal; }
    get ignoreBOM() { return this.#decoder.ignoreBOM; }
    get readable() { return this.#transform.readable; }
    get writable() { return this.#transform.writable; }
  }
  expose(TextDecoderStream);

  return { TransformStream, TransformStreamDefaultController, TextEncoderStream, TextDecoderStream };
}
