// Response of the Fetch standard.
export default function (native, load, uncurry) {
  const { expose, prints, required, text, secret, wellFormed } = load('webidl');
  const { Headers, lock, listOf } = load('headers');
  const B = load('body');
  const { stringify } = JSON;
  const test = uncurry(RegExp.prototype.test);

  class Response {
    #status = 200;
    #statusText = '';
    #headers = new Headers();
    #body = null;
    #type = 'default';
    #url = '';
    #redirected = false;

    static {
      B.mixin(Response, (response) => response.#body, (response) => response.#headers.get('content-type'));
    }

    constructor(body = null, init = undefined) {
      if (init === secret) return;
      this.#setUp(init ?? {}, body === null || body === undefined ? null : B.extract(body));
    }

    #setUp(init, content) {
      if (typeof init !== 'object' && typeof init !== 'function') throw new TypeError('Response constructor: init must be an object');
      const status = init.status === undefined ? 200 : init.status;
      const code = Math.trunc(+status) & 0xffff;
      if (code < 200 || code > 599) throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
      if (init.statusText !== undefined) {
        const reason = `${init.statusText}`;
        if (!test(/^[\t\x20-\x7e\x80-\xff]*$/, reason)) throw new TypeError('Invalid statusText');
        this.#statusText = reason;
      }
      this.#status = code;
      if (init.headers !== undefined) this.#headers = new Headers(init.headers);
      if (content === null) return;
      if (code === 101 || code === 103 || code === 204 || code === 205 || code === 304) {
        throw new TypeError(`Response constructor: Invalid response status code ${code}`);
      }
      this.#body = content.body;
      if (content.type !== null && !this.#headers.has('content-type')) this.#headers.append('content-type', content.type);
    }

    static error() {
      const response = new Response(null, secret);
      response.#type = 'error';
      response.#status = 0;
      lock(response.#headers);
      return response;
    }

    static json(data, init = undefined) {
      required(1, arguments.length, 'Response.json');
      const string = stringify(data);
      if (string === undefined) throw new TypeError('Value is not JSON serializable');
      const response = new Response(null, secret);
      const body = { bytes: native.encode(wellFormed(string)), stream: undefined, used: false };
      response.#setUp(init ?? {}, { body, type: 'application/json' });
      return response;
    }

    static redirect(url, status = 302) {
      required(1, arguments.length, 'Response.redirect');
      const address = text(url);
      const parts = native.parse(address);
      if (parts === undefined) throw new TypeError(`Failed to parse URL from ${address}`);
      const code = Math.trunc(+status) & 0xffff;
      if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) {
        throw new RangeError(`Invalid status code ${code}`);
      }
      const response = new Response(null, secret);
      response.#status = code;
      response.#headers.append('location', parts[0]);
      lock(response.#headers);
      return response;
    }

    static received(key, head, headers, body) {
      if (key !== secret) throw new TypeError('Illegal invocation');
      const response = new Response(null, secret);
      response.#status = head.status;
      response.#statusText = head.statusText;
      response.#headers = headers;
      response.#body = body;
      response.#type = 'basic';
      response.#url = head.url;
      response.#redirected = head.redirected;
      return response;
    }

    get type() { return this.#type; }
    get url() { return this.#url; }
    get redirected() { return this.#redirected; }
    get status() { return this.#status; }
    get ok() { return this.#status >= 200 && this.#status <= 299; }
    get statusText() { return this.#statusText; }
    get headers() { return this.#headers; }

    clone() {
      const body = B.clone(this.#body);
      const out = new Response(null, secret);
      out.#status = this.#status;
      out.#statusText = this.#statusText;
      out.#type = this.#type;
      out.#url = this.#url;
      out.#redirected = this.#redirected;
      out.#body = body;
      const list = listOf(this.#headers);
      for (let i = 0; i < list.length; i += 2) out.#headers.append(list[i], list[i + 1]);
      if (this.#type !== 'default') lock(out.#headers);
      return out;
    }
  }
  const { received } = Response;
  delete Response.received;
  expose(Response);
  prints(Response, (response) => {
    const view = {};
    const names = ['status', 'statusText', 'headers', 'body', 'bodyUsed', 'ok', 'redirected', 'type', 'url'];
    for (let i = 0; i < names.length; i++) view[names[i]] = response[names[i]];
    return view;
  });

  return { Response, received: (head, headers, body) => received(secret, head, headers, body) };
}
