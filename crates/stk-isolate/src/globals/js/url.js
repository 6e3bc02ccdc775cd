// URL over a native parser and setters, and URLSearchParams.
export default function (native, load, uncurry) {
  const { expose, required, text, inspectCustom } = load('webidl');
  const { URLSearchParams, attach, refresh } = load('urlsearchparams');
  const { defineProperty } = Object;

  // What the native side gives: [href, protocol, username, password, host, hostname, port, pathname, search, hash, origin].
  const HREF = 0;
  const PROTOCOL = 1;
  const USERNAME = 2;
  const PASSWORD = 3;
  const HOST = 4;
  const HOSTNAME = 5;
  const PORT = 6;
  const PATHNAME = 7;
  const SEARCH = 8;
  const HASH = 9;
  const ORIGIN = 10;

  function parse(input, base) {
    const parts = base === undefined ? native.parse(input) : native.parse(input, base);
    if (parts === undefined) {
      const error = new TypeError('Invalid URL');
      error.code = 'ERR_INVALID_URL';
      error.input = input;
      if (base !== undefined) error.base = base;
      throw error;
    }
    return parts;
  }

  class URL {
    #parts;
    #params;

    constructor(url, base = undefined) {
      required(1, arguments.length, 'URL constructor');
      this.#parts = parse(text(url), base === undefined ? undefined : text(base));
    }

    static canParse(url, base = undefined) {
      required(1, arguments.length, 'URL.canParse');
      return (base === undefined ? native.parse(text(url)) : native.parse(text(url), text(base))) !== undefined;
    }

    static parse(url, base = undefined) {
      required(1, arguments.length, 'URL.parse');
      return URL.canParse(url, base) ? new URL(url, base) : null;
    }

    #set(part, value) {
      const parts = native.set(this.#parts[HREF], part, text(value));
      if (parts !== undefined) this.#parts = parts;
    }

    #search(query) {
      const parts = native.set(this.#parts[HREF], SEARCH, query);
      if (parts !== undefined) this.#parts = parts;
    }

    get href() { return this.#parts[HREF]; }
    set href(value) {
      this.#parts = parse(text(value), undefined);
      if (this.#params !== undefined) refresh(this.#params, this.#parts[SEARCH]);
    }
    get origin() { return this.#parts[ORIGIN]; }
    get protocol() { return this.#parts[PROTOCOL]; }
    set protocol(value) { this.#set(PROTOCOL, value); }
    get username() { return this.#parts[USERNAME]; }
    set username(value) { this.#set(USERNAME, value); }
    get password() { return this.#parts[PASSWORD]; }
    set password(value) { this.#set(PASSWORD, value); }
    get host() { return this.#parts[HOST]; }
    set host(value) { this.#set(HOST, value); }
    get hostname() { return this.#parts[HOSTNAME]; }
    set hostname(value) { this.#set(HOSTNAME, value); }
    get port() { return this.#parts[PORT]; }
    set port(value) { this.#set(PORT, value); }
    get pathname() { return this.#parts[PATHNAME]; }
    set pathname(value) { this.#set(PATHNAME, value); }
    get search() { return this.#parts[SEARCH]; }
    set search(value) {
      this.#set(SEARCH, value);
      if (this.#params !== undefined) refresh(this.#params, this.#parts[SEARCH]);
    }
    get searchParams() {
      return (this.#params ??= attach(this.#parts[SEARCH], (query) => this.#search(query)));
    }
    get hash() { return this.#parts[HASH]; }
    set hash(value) { this.#set(HASH, value); }
    toString() { return this.#parts[HREF]; }
    toJSON() { return this.#parts[HREF]; }
  }
  expose(URL);
  defineProperty(URL.prototype, inspectCustom, {
    value(depth, options, inspect) {
      if (depth !== null && depth < 0) return this;
      const names = [
        'href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash',
      ];
      const view = {};
      for (let i = 0; i < names.length; i++) view[names[i]] = this[names[i]];
      return `${this.constructor?.name ?? 'URL'} ${inspect(view, options)}`;
    },
    configurable: true,
    writable: true,
  });

  return { URL, URLSearchParams };
}
