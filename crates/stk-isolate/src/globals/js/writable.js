// WritableStream with its default writer and controller.
export default function (native, load, uncurry) {
  const { expose, prints, illegal, secret, deferred, then, handled, nothing } = load('webidl');
  const { Queue, checkedSize, strategy } = load('queue');
  const { apply } = Reflect;
  const { resolve } = Promise;
  const resolved = (value) => apply(resolve, Promise, [value]);
  const rejected = (error) => new Promise((_, reject) => reject(error));
  const settled = (run) => {
    try {
      return resolved(run());
    } catch (error) {
      return rejected(error);
    }
  };
  const CLOSE = { close: true }; // the mark at the end of the queue

  let stateOf;

  class WritableStream {
    #state = {
      stream: this, status: 'writable', error: undefined, writer: undefined, c: undefined, backpressure: false,
      requests: new Queue(), inFlight: undefined, closeRequest: undefined, closing: undefined, abort: undefined,
    };

    static {
      stateOf = (stream) => stream.#state;
    }

    constructor(sink = undefined, options = undefined) {
      if (sink === secret) return;
      if (sink === null || (sink !== undefined && typeof sink !== 'object' && typeof sink !== 'function')) {
        throw new TypeError('The "sink" argument must be of type object.');
      }
      if (sink?.type !== undefined) throw new RangeError(`The property 'sink.type' is invalid. Received '${sink.type}'`);
      const { highWaterMark, size } = strategy(options, 1);
      const bind = (name) => {
        const value = sink?.[name];
        if (value === undefined) return nothing;
        if (typeof value !== 'function') throw new TypeError(`The "sink.${name}" property must be of type function.`);
        return (...args) => apply(value, sink, args);
      };
      setUp(this.#state, { abort: bind('abort'), close: bind('close'), start: bind('start'), write: bind('write') }, highWaterMark, size);
    }

    get locked() { return this.#state.writer !== undefined; }
    abort(reason = undefined) {
      if (this.locked) return rejected(new TypeError('Invalid state: WritableStream is locked'));
      return abortStream(this.#state, reason);
    }
    close() {
      if (this.locked) return rejected(new TypeError('Invalid state: WritableStream is locked'));
      if (closeQueued(this.#state)) return rejected(new TypeError('Invalid state: Failure closing WritableStream'));
      return closeStream(this.#state);
    }
    getWriter() { return new WritableStreamDefaultWriter(this); }
  }
  expose(WritableStream);
  prints(WritableStream, (stream) => ({ locked: stream.locked, state: stateOf(stream).status }));

  const isWritable = (value) => {
    try {
      return stateOf(value) !== undefined;
    } catch {
      return false;
    }
  };

  class WritableStreamDefaultController {
    #c;
    constructor(key, c) {
      illegal(key);
      this.#c = c;
    }
    get signal() { return signalOf(this.#c); }
    error(error = undefined) {
      if (this.#c.state.status === 'writable') startErroring(this.#c.state, error, this.#c);
    }
  }
  expose(WritableStreamDefaultController);

  const signalOf = (c) => (c.signal ??= load('abort').create());

  function setUp(state, sink, highWaterMark, size) {
    const c = { state, sink, size, highWaterMark, queue: new Queue(), started: false, signal: undefined, face: undefined };
    state.c = c;
    c.face = new WritableStreamDefaultController(secret, c);
    setBackpressure(state, desired(c) <= 0);
    then(resolved(sink.start(c.face)), () => {
      c.started = true;
      advance(c);
    }, (error) => {
      c.started = true;
      dealWith(state, error);
    });
    return c;
  }

  function create(sink, highWaterMark, size) {
    const stream = new WritableStream(secret);
    setUp(stateOf(stream), sink, highWaterMark, size);
    return stream;
  }

  const desired = (c) => c.highWaterMark - c.queue.total;
  const closeQueued = (state) => state.closeRequest !== undefined || state.closing !== undefined;
  const busy = (state) => state.inFlight !== undefined || state.closing !== undefined;

  function setBackpressure(state, on) {
    const { writer } = state;
    if (writer !== undefined && on !== state.backpressure) {
      if (on) writer.ready = deferred();
      else writer.ready.resolve(undefined);
    }
    state.backpressure = on;
  }

  function advance(c) {
    const { state } = c;
    if (!c.started || state.inFlight !== undefined) return;
    if (state.status === 'erroring') {
      finishErroring(state);
      return;
    }
    if (c.queue.length === 0 || state.status === 'closed' || state.status === 'errored') return;
    if (c.queue.peek() === CLOSE) processClose(c);
    else processWrite(c);
  }

  function processClose(c) {
    const { state } = c;
    state.closing = state.closeRequest;
    state.closeRequest = undefined;
    c.queue.shift();
    const done = settled(() => c.sink.close());
    clear(c);
    then(done, () => {
      state.closing.resolve(undefined);
      state.closing = undefined;
      if (state.status === 'erroring') {
        state.error = undefined;
        if (state.abort !== undefined) {
          state.abort.done.resolve(undefined);
          state.abort = undefined;
        }
      }
      state.status = 'closed';
      state.writer?.closed.resolve(undefined);
    }, (error) => {
      state.closing.reject(error);
      state.closing = undefined;
      if (state.abort !== undefined) {
        state.abort.done.reject(error);
        state.abort = undefined;
      }
      dealWith(state, error);
    });
  }

  function processWrite(c) {
    const { state } = c;
    const chunk = c.queue.peek();
    state.inFlight = state.requests.shift();
    then(settled(() => c.sink.write(chunk, c.face)), () => {
      state.inFlight.resolve(undefined);
      state.inFlight = undefined;
      c.queue.shift();
      if (!closeQueued(state) && state.status === 'writable') setBackpressure(state, desired(c) <= 0);
      advance(c);
    }, (error) => {
      if (state.status === 'writable') clear(c);
      state.inFlight.reject(error);
      state.inFlight = undefined;
      dealWith(state, error);
    });
  }

  function clear(c) {
    c.sink = { abort: nothing, close: nothing, write: nothing };
    c.size = () => 1;
  }

  function dealWith(state, error) {
    if (state.status === 'writable') startErroring(state, error, state.c);
    else finishErroring(state);
  }

  function startErroring(state, reason, c) {
    state.status = 'erroring';
    state.error = reason;
    const { writer } = state;
    if (writer !== undefined) rejectReady(writer, reason);
    if (!busy(state) && c.started) finishErroring(state);
  }

  function rejectReady(writer, reason) {
    if (writer.ready.settled) writer.ready = deferred();
    writer.ready.reject(reason);
    handled(writer.ready.promise);
  }

  function finishErroring(state) {
    if (state.status !== 'erroring' || busy(state)) return;
    state.status = 'errored';
    state.c.queue.clear();
    const { error } = state;
    while (state.requests.length > 0) state.requests.shift().reject(error);
    const request = state.abort;
    state.abort = undefined;
    if (request === undefined) {
      rejectClose(state);
      return;
    }
    if (request.wasErroring) {
      request.done.reject(error);
      rejectClose(state);
      return;
    }
    const done = settled(() => state.c.sink.abort(request.reason));
    clear(state.c);
    then(done, () => {
      request.done.resolve(undefined);
      rejectClose(state);
    }, (reason) => {
      request.done.reject(reason);
      rejectClose(state);
    });
  }

  function rejectClose(state) {
    if (state.closeRequest !== undefined) {
      state.closeRequest.reject(state.error);
      state.closeRequest = undefined;
    }
    const { writer } = state;
    if (writer !== undefined) {
      writer.closed.reject(state.error);
      handled(writer.closed.promise);
    }
  }

  function abortStream(state, reason) {
    if (state.status === 'closed' || state.status === 'errored') return resolved(undefined);
    const { abort } = load('abort');
    abort(signalOf(state.c), reason);
    if (state.status === 'closed' || state.status === 'errored') return resolved(undefined);
    if (state.abort !== undefined) return state.abort.done.promise;
    const wasErroring = state.status === 'erroring';
    const done = deferred();
    state.abort = { done, reason: wasErroring ? undefined : reason, wasErroring };
    if (!wasErroring) startErroring(state, reason, state.c);
    return done.promise;
  }

  function closeStream(state) {
    if (state.status === 'closed' || state.status === 'errored') {
      return rejected(new TypeError('Invalid state: WritableStream is closed'));
    }
    const request = deferred();
    state.closeRequest = request;
    if (state.writer !== undefined && state.backpressure && state.status === 'writable') state.writer.ready.resolve(undefined);
    state.c.queue.push(CLOSE, 0);
    advance(state.c);
    return request.promise;
  }

  function acquire(stream) {
    const state = stateOf(stream);
    if (state.writer !== undefined) throw new TypeError('Invalid state: WritableStream is locked');
    const writer = { stream: state, ready: deferred(), closed: deferred() };
    state.writer = writer;
    const { status, error } = state;
    if (status === 'writable') {
      if (closeQueued(state) || !state.backpressure) writer.ready.resolve(undefined);
    } else if (status === 'closed') {
      writer.ready.resolve(undefined);
      writer.closed.resolve(undefined);
    } else {
      writer.ready.reject(error);
      handled(writer.ready.promise);
      if (status === 'errored') {
        writer.closed.reject(error);
        handled(writer.closed.promise);
      }
    }
    return writer;
  }

  function release(writer) {
    const error = new TypeError('Invalid state: Writer has been released');
    rejectReady(writer, error);
    if (writer.closed.settled) writer.closed = deferred();
    writer.closed.reject(error);
    handled(writer.closed.promise);
    writer.stream.writer = undefined;
    writer.stream = undefined;
  }

  function write(writer, chunk) {
    const state = writer.stream;
    const { c } = state;
    let size = 1;
    try {
      size = checkedSize(c.size(chunk));
    } catch (error) {
      if (state.status === 'writable') startErroring(state, error, c);
    }
    if (writer.stream !== state) return rejected(new TypeError('Invalid state: Mismatching WritableStreams'));
    if (state.status === 'errored') return rejected(state.error);
    if (closeQueued(state) || state.status === 'closed') return rejected(new TypeError('Invalid state: WritableStream is closed'));
    if (state.status === 'erroring') return rejected(state.error);
    const request = deferred();
    state.requests.push(request, 0);
    c.queue.push(chunk, size);
    setBackpressure(state, desired(c) <= 0);
    advance(c);
    return request.promise;
  }

  class WritableStreamDefaultWriter {
    #writer;
    constructor(stream) {
      if (!isWritable(stream)) throw new TypeError('The "stream" argument must be an instance of WritableStream.');
      this.#writer = acquire(stream);
    }
    get closed() { return this.#writer.closed.promise; }
    get ready() { return this.#writer.ready.promise; }
    get desiredSize() {
      const state = this.#attached();
      if (state.status === 'errored' || state.status === 'erroring') return null;
      return state.status === 'closed' ? 0 : desired(state.c);
    }
    #attached() {
      const { stream } = this.#writer;
      if (stream === undefined) throw new TypeError('Invalid state: Writer is not bound to a WritableStream');
      return stream;
    }
    #run(run) {
      try {
        return run(this.#attached());
      } catch (error) {
        return rejected(error);
      }
    }
    abort(reason = undefined) { return this.#run((state) => abortStream(state, reason)); }
    close() {
      return this.#run((state) => {
        if (closeQueued(state)) throw new TypeError('Invalid state: Failure to close WritableStream');
        return closeStream(state);
      });
    }
    write(chunk = undefined) { return this.#run(() => write(this.#writer, chunk)); }
    releaseLock() {
      if (this.#writer.stream !== undefined) release(this.#writer);
    }
  }
  expose(WritableStreamDefaultWriter);

  return {
    WritableStream, WritableStreamDefaultWriter, WritableStreamDefaultController,
    isWritable, stateOf, create, acquire, release, write, abortStream, closeStream, closeQueued, desired,
    error: (c, reason) => { if (c.state.status === 'writable') startErroring(c.state, reason, c); },
  };
}
