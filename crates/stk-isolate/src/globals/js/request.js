// Request of the Fetch standard. What only a browser has (mode, credentials, cache, referrer) is kept and shown, not used.
export default function (native, load, uncurry) {
  const { expose, prints, required, text, bytesOnly } = load('webidl');
  const { Headers, listOf } = load('headers');
  const { isToken } = load('mime');
  const B = load('body');
  const signals = load('abort');
  const upper = uncurry(String.prototype.toUpperCase);

  let stateOf;

  class Request {
    #state;
    #headers;
    #signal;

    static {
      stateOf = (request) => request.#state;
      B.mixin(Request, (request) => request.#state.body, (request) => request.#headers.get('content-type'));
    }

    constructor(input, init = undefined) {
      required(1, arguments.length, 'Request constructor');
      if (init !== undefined && init !== null && typeof init !== 'object' && typeof init !== 'function') {
        throw new TypeError('Request constructor: init must be an object');
      }
      const from = isRequest(input) ? input : undefined;
      const state = from === undefined ? fresh(text(input)) : { ...from.#state };
      this.#state = state;
      options(state, init ?? {});
      this.#signal = follow(init?.signal === undefined ? from?.#signal : init.signal);
      this.#headers = new Headers(init?.headers !== undefined ? init.headers : undefined);
      if (init?.headers === undefined && from !== undefined) copyHeaders(from.#headers, this.#headers);
      this.#setBody(init, from);
    }

    #setBody(init, from) {
      const state = this.#state;
      const given = init?.body;
      const inherits = (given === undefined || given === null) && from !== undefined && from.#state.body !== null;
      const has = (given !== undefined && given !== null) || inherits;
      if (has && (state.method === 'GET' || state.method === 'HEAD')) {
        throw new TypeError('Request with GET/HEAD method cannot have body.');
      }
      state.body = null;
      if (given !== undefined && given !== null) {
        const { body, type } = B.extract(given);
        if (body.stream !== undefined && init.duplex === undefined) {
          throw new TypeError('RequestInit: duplex option is required when sending a body.');
        }
        state.body = body;
        if (type !== null && !this.#headers.has('content-type')) this.#headers.append('content-type', type);
      } else if (inherits) {
        const body = from.#state.body;
        if (B.used(body) || B.locked(body)) throw new TypeError('Cannot construct a Request with a Request object that has already been used.');
        state.body = { ...body };
        body.used = true;
      }
    }

    get method() { return this.#state.method; }
    get url() { return this.#state.url; }
    get headers() { return this.#headers; }
    get destination() { return this.#state.destination; }
    get referrer() { return this.#state.referrer; }
    get referrerPolicy() { return this.#state.referrerPolicy; }
    get mode() { return this.#state.mode; }
    get credentials() { return this.#state.credentials; }
    get cache() { return this.#state.cache; }
    get redirect() { return this.#state.redirect; }
    get integrity() { return this.#state.integrity; }
    get keepalive() { return this.#state.keepalive; }
    get isReloadNavigation() { return false; }
    get isHistoryNavigation() { return false; }
    get signal() { return this.#signal; }
    get duplex() { return 'half'; }

    clone() {
      if (B.used(this.#state.body) || B.locked(this.#state.body)) throw new TypeError('unusable');
      const out = new Request(this.#state.url);
      out.#state = { ...this.#state, body: B.clone(this.#state.body) };
      out.#headers = new Headers();
      copyHeaders(this.#headers, out.#headers);
      out.#signal = follow(this.#signal);
      return out;
    }
  }
  expose(Request);
  prints(Request, (request) => {
    const view = {};
    const names = [
      'method', 'url', 'headers', 'destination', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache', 'redirect',
      'integrity', 'keepalive', 'isReloadNavigation', 'isHistoryNavigation', 'signal',
    ];
    for (let i = 0; i < names.length; i++) view[names[i]] = request[names[i]];
    return view;
  });

  const isRequest = (value) => {
    if (typeof value !== 'object' || value === null) return false;
    try {
      return stateOf(value) !== undefined;
    } catch {
      return false;
    }
  };

  function fresh(input) {
    const parts = native.parse(input);
    if (parts === undefined) throw new TypeError(`Failed to parse URL from ${input}`);
    if (parts[2] !== '' || parts[3] !== '') throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${input}`);
    return {
      url: parts[0], method: 'GET', redirect: 'follow', body: null, destination: '', referrer: 'about:client', referrerPolicy: '',
      mode: 'cors', credentials: 'same-origin', cache: 'default', integrity: '', keepalive: false,
    };
  }

  const choices = {
    __proto__: null,
    redirect: ['follow', 'error', 'manual'],
    mode: ['same-origin', 'cors', 'no-cors'],
    credentials: ['omit', 'same-origin', 'include'],
    cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  };
  const plain = ['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];

  function options(state, init) {
    if (init.window !== undefined && init.window !== null) throw new TypeError("'window' option must be null");
    if (init.method !== undefined) {
      const method = bytesOnly(init.method, 'Method');
      if (!isToken(method)) throw new TypeError(`'${method}' is not a valid HTTP method.`);
      const big = upper(method);
      if (big === 'CONNECT' || big === 'TRACE' || big === 'TRACK') throw new TypeError(`'${method}' HTTP method is unsupported.`);
      state.method = method;
      for (let i = 0; i < plain.length; i++) if (plain[i] === big) state.method = big;
    }
    for (const name in choices) {
      if (init[name] === undefined) continue;
      const value = `${init[name]}`;
      let allowed = false;
      for (let i = 0; i < choices[name].length; i++) if (choices[name][i] === value) allowed = true;
      if (!allowed) throw new TypeError(`Request constructor: ${value} is not an accepted type of ${name}.`);
      state[name] = value;
    }
    if (init.integrity !== undefined) state.integrity = `${init.integrity}`;
    if (init.keepalive !== undefined) state.keepalive = !!init.keepalive;
    if (init.referrer !== undefined) state.referrer = init.referrer === '' ? '' : state.referrer;
    if (init.referrerPolicy !== undefined) state.referrerPolicy = `${init.referrerPolicy}`;
  }

  // A signal of the request's own, aborted with the given one.
  function follow(source) {
    const own = signals.create();
    if (source === undefined || source === null) return own;
    if (!signals.isSignal(source)) {
      throw new TypeError("Failed to construct 'Request': member signal is not of type AbortSignal.");
    }
    if (source.aborted) signals.abort(own, source.reason);
    else signals.onAbort(source, () => signals.abort(own, source.reason));
    return own;
  }

  function copyHeaders(from, to) {
    const list = listOf(from);
    for (let i = 0; i < list.length; i += 2) to.append(list[i], list[i + 1]);
  }

  return { Request, isRequest, stateOf };
}
