// fetch(): asks the Server, which is the one that reaches out and checks where to. Bodies flow in pieces both ways.
export default function (native, load, uncurry) {
  const { handled } = load('webidl');
  const { Request, stateOf } = load('request');
  const { received } = load('response');
  const headersOf = load('headers');
  const signals = load('abort');
  const { isUint8Array, slice } = load('bytes');
  const split = uncurry(String.prototype.split);
  const { defineProperty } = Object;
  const withoutFragment = (url) => split(url, '#', 1)[0];
  const PIECE = 64 * 1024; // bytes a message

  const operation = (name, input) => native.operation(name, input);

  // An operation's refusal keeps its code and text, under the TypeError that fetch promises.
  const failed = (cause) => {
    const error = new TypeError('fetch failed');
    defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
    return error;
  };

  async function fetch(input, init = undefined) {
    if (arguments.length === 0) throw new TypeError("fetch: 1 argument required, but only 0 present.");
    const request = new Request(input, init);
    const { signal } = request;
    if (signal.aborted) throw signal.reason;
    const state = stateOf(request);
    const list = headersOf.listOf(request.headers);
    const headers = [];
    for (let i = 0; i < list.length; i += 2) headers[headers.length] = [list[i], list[i + 1]];

    let id; // of the Server's side
    let response; // its controller, once there is one
    let stop;
    const stopped = new Promise((_, reject) => { stop = reject; });
    handled(stopped);
    const forget = signals.onAbort(signal, () => {
      const { reason } = signal;
      stop(reason);
      if (response !== undefined) load('readable').errorController(response, reason);
      if (id !== undefined) handled(operation('fetch.close', { id }));
    });

    const run = async () => {
      try {
        const opened = await operation('fetch.open', {
          url: withoutFragment(state.url), method: state.method, headers, redirect: state.redirect, hasBody: state.body !== null,
        });
        id = opened.id;
        if (signal.aborted) {
          handled(operation('fetch.close', { id }));
          throw signal.reason;
        }
        if (state.body !== null) handled(send(id, state.body, stop));
        return await operation('fetch.head', { id });
      } catch (error) {
        throw signal.aborted ? signal.reason : failed(error);
      }
    };

    const head = await Promise.race([run(), stopped]);
    let body = null;
    if (hasBody(state.method, head.status)) {
      body = { bytes: undefined, stream: download(id, signal, forget, (c) => { response = c; }), used: false };
    }
    if (body === null) {
      forget();
      handled(operation('fetch.close', { id }));
    }
    return received(head, headersOf.received(head.headers), body);
  }

  const hasBody = (method, status) => method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304;

  function download(id, signal, forget, keep) {
    const { create, stateOf: streamState } = load('readable');
    const stream = create({
      async pull(controller) {
        let piece;
        try {
          piece = await operation('fetch.read', { id });
        } catch (error) {
          forget();
          if (signal.aborted) throw signal.reason;
          const wrapped = new TypeError('terminated');
          defineProperty(wrapped, 'cause', { value: error, configurable: true, writable: true });
          throw wrapped;
        }
        if (signal.aborted) return;
        if (piece === null) {
          forget();
          controller.close();
          handled(operation('fetch.close', { id }));
        } else {
          controller.enqueue(native.fromBase64(piece.chunk));
        }
      },
      cancel() {
        forget();
        handled(operation('fetch.close', { id }));
      },
    }, 0, () => 1, true);
    keep(streamState(stream).controller);
    return stream;
  }

  async function send(id, body, stop) {
    const write = (chunk, last) => operation('fetch.write', { id, chunk, last });
    if (body.stream === undefined) {
      body.used = true;
      const { bytes } = body;
      let at = 0;
      do {
        const end = at + PIECE;
        await write(native.toBase64(slice(bytes, at, end)), end >= bytes.length);
        at = end;
      } while (at < bytes.length);
      return;
    }
    const reader = body.stream.getReader();
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        if (!isUint8Array(value)) throw new TypeError('Received non-Uint8Array chunk');
        await write(native.toBase64(value), false);
      }
      await write('', true);
    } catch (error) {
      handled(operation('fetch.close', { id }));
      stop(failed(error));
    }
  }

  return { fetch };
}
