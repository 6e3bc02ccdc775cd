// ReadableStream with its default reader and controller. Byte streams (`type: 'bytes'`) check their chunks; there is
// no BYOB reader.
export default function (native, load, uncurry) {
  const { expose, prints, illegal, secret, deferred, then, handled, nothing } = load('webidl');
  const { Queue, checkedSize, strategy } = load('queue');
  const { apply } = Reflect;
  const { resolve } = Promise;
  const resolved = (value) => apply(resolve, Promise, [value]);
  const rejected = (error) => new Promise((_, reject) => reject(error));
  const { isView } = ArrayBuffer;

  let stateOf; // the private state of a stream
  let readerOf; // of a reader

  class ReadableStream {
    #state = {
      stream: this, status: 'readable', error: undefined, reader: undefined, disturbed: false, controller: undefined, bytes: false,
    };

    static {
      stateOf = (stream) => stream.#state;
    }

    constructor(source = undefined, options = undefined) {
      if (source === secret) return;
      if (source === null || (source !== undefined && typeof source !== 'object' && typeof source !== 'function')) {
        throw new TypeError('The "source" argument must be of type object.');
      }
      const type = source?.type;
      if (type !== undefined && `${type}` !== 'bytes') throw new TypeError(`The property 'source.type' is invalid. Received '${type}'`);
      const bytes = type !== undefined;
      if (bytes && options?.size !== undefined) throw new RangeError("The argument 'strategy.size' is invalid.");
      const { highWaterMark, size } = strategy(options, bytes ? 0 : 1);
      const start = method(source, 'start');
      const pull = method(source, 'pull');
      const cancel = method(source, 'cancel');
      setUp(this.#state, {
        start: start && ((controller) => apply(start, source, [controller])),
        pull: pull && ((controller) => apply(pull, source, [controller])),
        cancel: cancel && ((reason) => apply(cancel, source, [reason])),
      }, highWaterMark, bytes ? (chunk) => chunk.byteLength : size, bytes);
    }

    static from(iterable) { return load('iteration').from(iterable); }

    get locked() { return this.#state.reader !== undefined; }

    cancel(reason = undefined) {
      if (this.locked) return rejected(new TypeError('Invalid state: ReadableStream is locked'));
      return cancelStream(this.#state, reason);
    }

    getReader(options = undefined) {
      if (options?.mode !== undefined) throw new TypeError('Readers of mode "byob" are not supported');
      return new ReadableStreamDefaultReader(this);
    }

    pipeThrough(pair, options = undefined) {
      const readable = pair?.readable;
      const writable = pair?.writable;
      if (!isReadable(readable)) throw new TypeError('The "transform.readable" property must be an instance of ReadableStream.');
      const pipe = load('pipe');
      if (!pipe.isWritable(writable)) throw new TypeError('The "transform.writable" property must be an instance of WritableStream.');
      if (this.locked) throw new TypeError('Invalid state: The ReadableStream is locked');
      if (writable.locked) throw new TypeError('Invalid state: The WritableStream is locked');
      handled(pipe.pipe(this, writable, options));
      return readable;
    }

    pipeTo(destination, options = undefined) {
      const pipe = load('pipe');
      if (!pipe.isWritable(destination)) return rejected(new TypeError('The "destination" argument must be an instance of WritableStream.'));
      if (this.locked) return rejected(new TypeError('Invalid state: The ReadableStream is locked'));
      if (destination.locked) return rejected(new TypeError('Invalid state: The WritableStream is locked'));
      return pipe.pipe(this, destination, options);
    }

    tee() { return load('iteration').tee(this); }

    values(options = undefined) { return load('iteration').values(this, !!options?.preventCancel); }
    [Symbol.asyncIterator](options) { return this.values(options); }
  }
  expose(ReadableStream);
  prints(ReadableStream, (stream) => {
    const state = stateOf(stream);
    return { locked: state.reader !== undefined, state: state.status, supportsBYOB: state.bytes };
  });

  const isReadable = (value) => {
    try {
      return stateOf(value) !== undefined;
    } catch {
      return false;
    }
  };

  function method(source, name) {
    const value = source?.[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'function') throw new TypeError(`The "source.${name}" property must be of type function.`);
    return value;
  }

  class ReadableStreamDefaultController {
    #c;
    constructor(key, controller) {
      illegal(key);
      this.#c = controller;
    }
    get desiredSize() { return desiredSize(this.#c); }
    close() {
      if (!open(this.#c)) throw new TypeError('Invalid state: Controller is already closed');
      closeController(this.#c);
    }
    enqueue(chunk = undefined) {
      if (!open(this.#c)) throw new TypeError('Invalid state: Controller is already closed');
      if (this.#c.state.bytes && (!isView(chunk) || chunk.byteLength === 0)) {
        throw new TypeError('chunk must be a view of at least one byte');
      }
      enqueue(this.#c, chunk);
    }
    error(error = undefined) { errorController(this.#c, error); }
  }
  expose(ReadableStreamDefaultController);
  class ReadableByteStreamController extends ReadableStreamDefaultController {
    get byobRequest() { return null; }
  }
  expose(ReadableByteStreamController);

  // `source` holds plain functions already bound to the user's object.
  function setUp(state, source, highWaterMark, size, bytes = false) {
    const c = {
      state, source, size, highWaterMark, queue: new Queue(), started: false, closing: false, pulling: false, again: false,
      face: undefined,
    };
    c.face = new (bytes ? ReadableByteStreamController : ReadableStreamDefaultController)(secret, c);
    state.controller = c;
    state.bytes = bytes;
    const started = source.start?.(c.face);
    then(resolved(started), () => {
      c.started = true;
      pullIfNeeded(c);
    }, (error) => errorController(c, error));
    return c;
  }

  function create(source, highWaterMark = 1, size = () => 1, bytes = false) {
    const stream = new ReadableStream(secret);
    setUp(stateOf(stream), source, highWaterMark, size, bytes);
    return stream;
  }

  function desiredSize(c) {
    if (c.state.status === 'errored') return null;
    return c.state.status === 'closed' ? 0 : c.highWaterMark - c.queue.total;
  }

  const open = (c) => !c.closing && c.state.status === 'readable';

  function pullIfNeeded(c) {
    if (!open(c) || !c.started) return;
    const waiting = c.state.reader !== undefined && c.state.reader.requests.length > 0;
    if (!waiting && !(desiredSize(c) > 0)) return;
    if (c.pulling) {
      c.again = true;
      return;
    }
    c.pulling = true;
    let pulled;
    try {
      pulled = resolved(c.source.pull?.(c.face));
    } catch (error) {
      pulled = rejected(error);
    }
    then(pulled, () => {
      c.pulling = false;
      if (c.again) {
        c.again = false;
        pullIfNeeded(c);
      }
    }, (error) => errorController(c, error));
  }

  function enqueue(c, chunk) {
    if (!open(c)) return;
    const { reader } = c.state;
    if (reader !== undefined && reader.requests.length > 0) {
      reader.requests.shift().chunk(chunk);
    } else {
      let size;
      try {
        size = checkedSize(c.size(chunk));
      } catch (error) {
        errorController(c, error);
        throw error;
      }
      c.queue.push(chunk, size);
    }
    pullIfNeeded(c);
  }

  function clear(c) {
    c.source = {};
    c.size = undefined;
  }

  function closeController(c) {
    if (!open(c)) return;
    c.closing = true;
    if (c.queue.length === 0) {
      clear(c);
      closeStream(c.state);
    }
  }

  function errorController(c, error) {
    if (c.state.status !== 'readable') return;
    c.queue.clear();
    clear(c);
    const { state } = c;
    state.status = 'errored';
    state.error = error;
    const { reader } = state;
    if (reader === undefined) return;
    reader.closed.reject(error);
    handled(reader.closed.promise);
    failRequests(reader, error);
  }

  function failRequests(reader, error) {
    while (reader.requests.length > 0) reader.requests.shift().error(error);
  }

  function closeStream(state) {
    state.status = 'closed';
    const { reader } = state;
    if (reader === undefined) return;
    reader.closed.resolve(undefined);
    while (reader.requests.length > 0) reader.requests.shift().close();
  }

  function cancelStream(state, reason) {
    state.disturbed = true;
    if (state.status === 'closed') return resolved(undefined);
    if (state.status === 'errored') return rejected(state.error);
    closeStream(state);
    const c = state.controller;
    c.queue.clear();
    let result;
    try {
      result = resolved(c.source.cancel?.(reason));
    } catch (error) {
      result = rejected(error);
    }
    clear(c);
    return then(result, nothing);
  }

  // A request is `{ chunk(value), close(), error(reason) }`; each is called once, at most.
  function read(reader, request) {
    const state = reader.stream;
    state.disturbed = true;
    if (state.status === 'closed') return request.close();
    if (state.status === 'errored') return request.error(state.error);
    const c = state.controller;
    if (c.queue.length > 0) {
      const chunk = c.queue.shift();
      if (c.closing && c.queue.length === 0) {
        clear(c);
        closeStream(state);
      } else {
        pullIfNeeded(c);
      }
      return request.chunk(chunk);
    }
    reader.requests.push(request, 0);
    return pullIfNeeded(c);
  }

  function acquire(stream) {
    const state = stateOf(stream);
    if (state.reader !== undefined) throw new TypeError('Invalid state: ReadableStream is locked');
    const reader = { stream: state, closed: deferred(), requests: new Queue() };
    state.reader = reader;
    if (state.status === 'closed') reader.closed.resolve(undefined);
    if (state.status === 'errored') {
      reader.closed.reject(state.error);
      handled(reader.closed.promise);
    }
    return reader;
  }

  function release(reader) {
    const state = reader.stream;
    const error = new TypeError('Invalid state: Releasing reader');
    if (reader.closed.settled) reader.closed = deferred();
    reader.closed.reject(error);
    handled(reader.closed.promise);
    state.reader = undefined;
    reader.stream = undefined;
    failRequests(reader, error);
  }

  class ReadableStreamDefaultReader {
    #reader;
    static {
      readerOf = (reader) => reader.#reader;
    }
    constructor(stream) {
      if (!isReadable(stream)) throw new TypeError('The "stream" argument must be an instance of ReadableStream.');
      this.#reader = acquire(stream);
    }
    get closed() { return this.#reader.closed.promise; }
    read() {
      const reader = this.#reader;
      if (reader.stream === undefined) return rejected(new TypeError('Invalid state: The reader is not attached to a stream'));
      return new Promise((resolve_, reject) => {
        read(reader, {
          chunk: (value) => resolve_({ value, done: false }),
          close: () => resolve_({ value: undefined, done: true }),
          error: reject,
        });
      });
    }
    cancel(reason = undefined) {
      if (this.#reader.stream === undefined) return rejected(new TypeError('Invalid state: The reader is not attached to a stream'));
      return cancelStream(this.#reader.stream, reason);
    }
    releaseLock() {
      if (this.#reader.stream !== undefined) release(this.#reader);
    }
  }
  expose(ReadableStreamDefaultReader);
  prints(ReadableStreamDefaultReader, (reader) => {
    const own = readerOf(reader);
    return { stream: own.stream?.stream, readRequests: own.requests.length, close: own.closed.promise };
  });

  return {
    ReadableStream, ReadableStreamDefaultReader, ReadableStreamDefaultController, ReadableByteStreamController,
    isReadable, stateOf, create, acquire, release, read, cancelStream, enqueue, closeController, errorController, desiredSize, open,
    resolved, rejected,
  };
}
