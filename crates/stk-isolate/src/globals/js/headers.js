// Headers of the Fetch standard: names in lower case, values combined, sorted on iteration.
export default function (native, load, uncurry) {
  const { expose, prints, required, bytesOnly } = load('webidl');
  const { iterable } = load('pairs');
  const { apply, ownKeys, getOwnPropertyDescriptor } = Reflect;
  const { sort } = Array.prototype;
  const { isToken } = load('mime');
  const test = uncurry(RegExp.prototype.test);
  const replace = uncurry(String.prototype.replace);
  const trim = (string) => replace(string, /^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  const lower = uncurry(String.prototype.toLowerCase);

  let listOf;
  let guard;

  class Headers {
    #list = []; // name as it was given, value, …
    #immutable = false;

    static {
      listOf = (headers) => headers.#list;
      guard = (headers) => { headers.#immutable = true; };
      iterable(Headers, 'Headers', (headers) => sorted(headers.#list));
    }

    constructor(init = undefined) {
      if (init === undefined) return;
      if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
        throw new TypeError('Headers constructor: init is not a record or a sequence');
      }
      fill(this, init);
    }

    #checked(name, value) {
      const key = header(name);
      if (value !== undefined && test(/[\0\r\n]/, value)) {
        throw new TypeError(`Headers.append: "${value}" is an invalid header value.`);
      }
      if (this.#immutable) throw new TypeError('immutable');
      return lower(key);
    }

    append(name, value) {
      required(2, arguments.length, 'Headers.append');
      const key = bytesOnly(name, 'Header name');
      const item = trim(bytesOnly(value, 'Header value'));
      const folded = this.#checked(key, item);
      const list = this.#list;
      if (folded !== 'set-cookie') {
        for (let i = 0; i < list.length; i += 2) {
          if (lower(list[i]) === folded) {
            list[i + 1] = `${list[i + 1]}${folded === 'cookie' ? '; ' : ', '}${item}`;
            return;
          }
        }
      }
      list[list.length] = key;
      list[list.length] = item;
    }

    set(name, value) {
      required(2, arguments.length, 'Headers.set');
      const key = bytesOnly(name, 'Header name');
      const item = trim(bytesOnly(value, 'Header value'));
      this.#checked(key, item);
      this.#replace(lower(key), key, item);
    }

    delete(name) {
      required(1, arguments.length, 'Headers.delete');
      const folded = this.#checked(bytesOnly(name, 'Header name'), undefined);
      this.#replace(folded, undefined, undefined);
    }

    #replace(folded, key, item) {
      const old = this.#list;
      const list = [];
      let placed = key === undefined;
      for (let i = 0; i < old.length; i += 2) {
        const same = lower(old[i]) === folded;
        if (same && placed) continue;
        list[list.length] = same ? key : old[i];
        list[list.length] = same ? item : old[i + 1];
        if (same) placed = true;
      }
      if (!placed) {
        list[list.length] = key;
        list[list.length] = item;
      }
      this.#list = list;
    }

    get(name) {
      required(1, arguments.length, 'Headers.get');
      const folded = lower(header(bytesOnly(name, 'Header name')));
      return value(this.#list, folded);
    }

    has(name) {
      required(1, arguments.length, 'Headers.has');
      return value(this.#list, lower(header(bytesOnly(name, 'Header name')))) !== null;
    }

    getSetCookie() {
      const out = [];
      for (let i = 0; i < this.#list.length; i += 2) {
        if (lower(this.#list[i]) === 'set-cookie') out[out.length] = this.#list[i + 1];
      }
      return out;
    }
  }
  expose(Headers);
  prints(Headers, (headers) => {
    const view = {};
    const list = listOf(headers);
    for (let i = 0; i < list.length; i += 2) {
      const key = list[i];
      view[key] = lower(key) === 'set-cookie' ? value(list, 'set-cookie') : list[i + 1];
    }
    return view;
  });

  function header(name) {
    if (!isToken(name)) throw new TypeError(`Headers: ${name} is an invalid header name.`);
    return name;
  }

  function value(list, folded) {
    let out = null;
    for (let i = 0; i < list.length; i += 2) {
      if (lower(list[i]) === folded) out = out === null ? list[i + 1] : `${out}, ${list[i + 1]}`;
    }
    return out;
  }

  function sorted(list) {
    const pairs = [];
    for (let i = 0; i < list.length; i += 2) pairs[pairs.length] = { name: lower(list[i]), value: list[i + 1], at: i };
    apply(sort, pairs, [(a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.at - b.at)]);
    const out = [];
    for (let i = 0; i < pairs.length; i++) {
      out[out.length] = pairs[i].name;
      out[out.length] = pairs[i].value;
    }
    return out;
  }

  function fill(headers, init) {
    const open = init[Symbol.iterator];
    if (typeof open === 'function') {
      for (const pair of init) {
        const items = [];
        if (pair === null || typeof pair !== 'object') throw new TypeError('Headers constructor: each pair must be a sequence');
        for (const item of pair) items[items.length] = item;
        if (items.length !== 2) {
          throw new TypeError(`Headers constructor: expected name/value pair to be length 2, found ${items.length}.`);
        }
        headers.append(items[0], items[1]);
      }
      return;
    }
    const keys = ownKeys(init);
    for (let i = 0; i < keys.length; i++) {
      const desc = getOwnPropertyDescriptor(init, keys[i]);
      if (desc === undefined || !desc.enumerable) continue;
      if (typeof keys[i] === 'symbol') throw new TypeError('Headers constructor: a symbol is no header name');
      headers.append(keys[i], init[keys[i]]);
    }
  }

  // From what the Server sent: names and values are believed.
  function received(pairs) {
    const headers = new Headers();
    for (let i = 0; i < pairs.length; i++) headers.append(pairs[i][0], pairs[i][1]);
    guard(headers);
    return headers;
  }

  const lock = (headers) => { guard(headers); return headers; };
  const isHeaders = (value_) => {
    try {
      return listOf(value_) !== undefined;
    } catch {
      return false;
    }
  };
  return { Headers, received, lock, listOf, isHeaders };
}
