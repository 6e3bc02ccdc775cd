// URLSearchParams: a list of pairs; parsing and writing of application/x-www-form-urlencoded are native.
export default function (native, load, uncurry) {
  const { expose, required, text, inspectCustom } = load('webidl');
  const { iterable } = load('pairs');
  const { apply } = Reflect;
  const { defineProperty } = Object;
  const { ownKeys, getOwnPropertyDescriptor } = Reflect;
  const charCodeAt = uncurry(String.prototype.charCodeAt);
  const slice = uncurry(String.prototype.slice);
  const { sort } = Array.prototype;

  const query = (string) => native.parseQuery(charCodeAt(string, 0) === 63 ? slice(string, 1) : string);
  let make;
  let reset;

  class URLSearchParams {
    #list = []; // name, value, name, value, …
    #changed; // tells the URL it belongs to

    static {
      make = (search, changed) => {
        const params = new URLSearchParams();
        params.#list = query(search);
        params.#changed = changed;
        return params;
      };
      reset = (params, search) => { params.#list = query(search); };
      iterable(URLSearchParams, 'URLSearchParams', (params) => params.#list);
    }

    constructor(init = undefined) {
      if (init === undefined || init === null) return;
      if (typeof init !== 'object' && typeof init !== 'function') {
        this.#list = query(text(init));
        return;
      }
      const open = init[Symbol.iterator];
      if (open === undefined || open === null) this.#fromRecord(init);
      else if (typeof open !== 'function') throw typeError('Query pairs must be iterable', 'ERR_ARG_NOT_ITERABLE');
      else this.#fromPairs(init);
    }

    #fromPairs(init) {
      const list = this.#list;
      for (const pair of init) {
        if (pair === null || (typeof pair !== 'object' && typeof pair !== 'function') || typeof pair[Symbol.iterator] !== 'function') {
          throw typeError('Each query pair must be an iterable [name, value] tuple', 'ERR_INVALID_TUPLE');
        }
        const items = [];
        for (const item of pair) items[items.length] = text(item);
        if (items.length !== 2) throw typeError('Each query pair must be an iterable [name, value] tuple', 'ERR_INVALID_TUPLE');
        list[list.length] = items[0];
        list[list.length] = items[1];
      }
    }

    #fromRecord(init) {
      const list = this.#list;
      const keys = ownKeys(init);
      for (let i = 0; i < keys.length; i++) {
        const desc = getOwnPropertyDescriptor(init, keys[i]);
        if (desc === undefined || !desc.enumerable) continue;
        const name = text(keys[i]);
        const value = text(init[keys[i]]);
        let at = 0; // names that are the same once well-formed: the last value counts
        while (at < list.length && list[at] !== name) at += 2;
        list[at] = name;
        list[at + 1] = value;
      }
    }

    #write() { this.#changed?.(this.toString()); }

    get size() { return this.#list.length / 2; }

    append(name, value) {
      required(2, arguments.length, 'URLSearchParams.append');
      const list = this.#list;
      const key = text(name);
      const item = text(value);
      list[list.length] = key;
      list[list.length] = item;
      this.#write();
    }

    delete(name, value = undefined) {
      required(1, arguments.length, 'URLSearchParams.delete');
      const key = text(name);
      const item = value === undefined ? undefined : text(value);
      this.#keep((at) => !(this.#list[at] === key && (item === undefined || this.#list[at + 1] === item)));
      this.#write();
    }

    #keep(test) {
      const kept = [];
      for (let i = 0; i < this.#list.length; i += 2) {
        if (!test(i)) continue;
        kept[kept.length] = this.#list[i];
        kept[kept.length] = this.#list[i + 1];
      }
      this.#list = kept;
    }

    get(name) {
      required(1, arguments.length, 'URLSearchParams.get');
      const key = text(name);
      for (let i = 0; i < this.#list.length; i += 2) if (this.#list[i] === key) return this.#list[i + 1];
      return null;
    }

    getAll(name) {
      required(1, arguments.length, 'URLSearchParams.getAll');
      const key = text(name);
      const out = [];
      for (let i = 0; i < this.#list.length; i += 2) if (this.#list[i] === key) out[out.length] = this.#list[i + 1];
      return out;
    }

    has(name, value = undefined) {
      required(1, arguments.length, 'URLSearchParams.has');
      const key = text(name);
      const item = value === undefined ? undefined : text(value);
      for (let i = 0; i < this.#list.length; i += 2) {
        if (this.#list[i] === key && (item === undefined || this.#list[i + 1] === item)) return true;
      }
      return false;
    }

    set(name, value) {
      required(2, arguments.length, 'URLSearchParams.set');
      const key = text(name);
      const item = text(value);
      let found = -1;
      for (let i = 0; i < this.#list.length && found === -1; i += 2) if (this.#list[i] === key) found = i;
      if (found === -1) {
        this.#list[this.#list.length] = key;
        this.#list[this.#list.length] = item;
      } else {
        this.#list[found + 1] = item;
        this.#keep((at) => at <= found || this.#list[at] !== key);
      }
      this.#write();
    }

    sort() {
      const pairs = [];
      for (let i = 0; i < this.#list.length; i += 2) pairs[pairs.length] = { name: this.#list[i], value: this.#list[i + 1] };
      apply(sort, pairs, [(a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)]);
      for (let i = 0; i < pairs.length; i++) {
        this.#list[2 * i] = pairs[i].name;
        this.#list[2 * i + 1] = pairs[i].value;
      }
      this.#write();
    }

    toString() { return native.writeQuery(this.#list); }
  }
  expose(URLSearchParams);
  defineProperty(URLSearchParams.prototype, inspectCustom, {
    value(depth, options, inspect) {
      if (depth !== null && depth < 0) return '[Object]';
      const out = [];
      for (const [name, value] of this) out[out.length] = `${inspect(name, options)} => ${inspect(value, options)}`;
      return out.length === 0 ? 'URLSearchParams {}' : `URLSearchParams { ${out.join(', ')} }`;
    },
    configurable: true,
    writable: true,
  });

  function typeError(message, code) {
    const error = new TypeError(message);
    error.code = code;
    return error;
  }

  return { URLSearchParams, attach: make, refresh: reset };
}
