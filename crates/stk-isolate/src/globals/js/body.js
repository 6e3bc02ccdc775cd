// The body of a Request or Response: bytes in hand, or a stream; read once, in whole or in pieces.
export default function (native, load, uncurry) {
  const { deferred, handled, wellFormed } = load('webidl');
  const { isSource, isUint8Array, copy, concat, bufferOf } = load('bytes');
  const { defineProperty } = Object;
  const { parse } = JSON;

  // A body is `{ bytes, stream, type, length, used }`; bytes or a stream, and the stream is made of the bytes when asked for.
  function extract(value) {
    if (value === null || value === undefined) return { body: null, type: null };
    if (typeof value === 'string') return known(native.encode(wellFormed(value)), 'text/plain;charset=UTF-8');
    if (typeof value === 'object') {
      if (isSource(value)) return known(copy(value), null);
      const { isBlob, bytesOf } = load('blob');
      if (isBlob(value)) return known(bytesOf(value), value.type === '' ? null : value.type);
      const { isReadable, stateOf } = load('readable');
      if (isReadable(value)) {
        if (value.locked || stateOf(value).disturbed) throw new TypeError('Response body object should not be disturbed or locked');
        return { body: { bytes: undefined, stream: value, used: false }, type: null };
      }
      const form = load('formdata');
      if (form.isForm(value)) {
        const { bytes, type } = form.encode(value);
        return known(bytes, type);
      }
      const { URLSearchParams } = load('urlsearchparams');
      if (value instanceof URLSearchParams) {
        return known(native.encode(value.toString()), 'application/x-www-form-urlencoded;charset=UTF-8');
      }
      if (typeof value[Symbol.asyncIterator] === 'function') {
        return { body: { bytes: undefined, stream: load('iteration').from(value), used: false }, type: null };
      }
    }
    return known(native.encode(wellFormed(`${value}`)), 'text/plain;charset=UTF-8');
  }

  const known = (bytes, type) => ({ body: { bytes, stream: undefined, used: false }, type });

  function streamOf(bytes) {
    const { create } = load('readable');
    return create({
      pull(controller) {
        if (bytes.length > 0) controller.enqueue(copy(bytes));
        controller.close();
      },
    }, 0, () => 1, true);
  }

  function stream(body) {
    if (body === null) return null;
    body.stream ??= streamOf(body.bytes);
    return body.stream;
  }

  const used = (body) => body !== null && (body.used || (body.stream !== undefined && load('readable').stateOf(body.stream).disturbed));
  const locked = (body) => body !== null && body.stream !== undefined && body.stream.locked;

  // All bytes; the body is used up from the moment of the call.
  function consume(body) {
    if (body === null) return Promise.resolve(concat([]));
    if (used(body) || locked(body)) return Promise.reject(new TypeError('Body is unusable: Body has already been read'));
    body.used = true;
    if (body.stream === undefined) return Promise.resolve(body.bytes);
    return gather(body.stream);
  }

  function gather(source) {
    const { acquire, read, cancelStream } = load('readable');
    const reader = acquire(source);
    const done = deferred();
    const pieces = [];
    const step = () => read(reader, {
      chunk(chunk) {
        if (isUint8Array(chunk)) {
          pieces[pieces.length] = chunk;
          step();
        } else {
          const error = new TypeError('Received non-Uint8Array chunk');
          handled(cancelStream(reader.stream, error));
          done.reject(error);
        }
      },
      close: () => done.resolve(concat(pieces)),
      error: done.reject,
    });
    step();
    return done.promise;
  }

  // Two bodies of one; the first keeps its identity.
  function clone(body) {
    if (body === null) return null;
    if (used(body) || locked(body)) throw new TypeError('Response.clone: Body has already been consumed.');
    if (body.stream === undefined) return { bytes: body.bytes, stream: undefined, used: false };
    const branches = body.stream.tee();
    body.stream = branches[0];
    return { bytes: undefined, stream: branches[1], used: false };
  }

  // Adds the Body mixin; `bodyOf` and `typeOf` read the private state of an instance.
  function mixin(Class, bodyOf, typeOf) {
    const add = (name, run) => {
      const methods = {
        async [name]() { return run(this, await consume(bodyOf(this))); },
      };
      defineProperty(Class.prototype, name, { value: methods[name], enumerable: true, configurable: true, writable: true });
    };
    add('text', (self, bytes) => native.decode('utf-8', false, false, bytes));
    add('json', (self, bytes) => parse(native.decode('utf-8', false, false, bytes)));
    add('bytes', (self, bytes) => copy(bytes));
    add('arrayBuffer', (self, bytes) => bufferOf(copy(bytes)));
    add('blob', (self, bytes) => {
      const { Blob } = load('blob');
      const type = typeOf(self);
      return new Blob([bytes], { type: type === null ? '' : load('mime').serialized(type) });
    });
    add('formData', (self, bytes) => {
      const type = typeOf(self);
      const form = type === null ? undefined : load('formdata').decode(bytes, type);
      if (form === undefined) throw new TypeError('Failed to parse body as FormData.');
      return form;
    });
    defineProperty(Class.prototype, 'body', { get() { return stream(bodyOf(this)); }, enumerable: true, configurable: true });
    defineProperty(Class.prototype, 'bodyUsed', { get() { return used(bodyOf(this)); }, enumerable: true, configurable: true });
  }

  return { extract, stream, streamOf, used, locked, clone, mixin };
}
