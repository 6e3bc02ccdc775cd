// FormData, and its two wire forms: multipart/form-data and application/x-www-form-urlencoded.
export default function (native, load, uncurry) {
  const { expose, prints, required, text } = load('webidl');
  const { iterable } = load('pairs');
  const { essence } = load('mime');
  const { File, isBlob, isFile, bytesOf } = load('blob');
  const { concat } = load('bytes');
  const join = uncurry(Array.prototype.join);
  const replace = uncurry(String.prototype.replace);
  const escapes = { __proto__: null, '\n': '%0A', '\r': '%0D', '"': '%22' };
  const lineEnds = (string) => replace(string, /\r\n|\r|\n/g, '\r\n');
  const quoted = (string) => replace(string, /[\n\r"]/g, (found) => escapes[found]);

  let listOf;

  class FormData {
    #list = [];

    static {
      listOf = (form) => form.#list;
      iterable(FormData, 'FormData', listOf);
    }

    constructor(form = undefined) {
      if (form !== undefined) throw new TypeError('FormData constructor: Argument 1 could not be converted to: undefined.');
    }

    append(name, value, filename = undefined) {
      required(2, arguments.length, 'FormData.append');
      const list = this.#list;
      const entry = make(value, filename, arguments.length > 2);
      list[list.length] = text(name);
      list[list.length] = entry;
    }

    set(name, value, filename = undefined) {
      required(2, arguments.length, 'FormData.set');
      const key = text(name);
      const entry = make(value, filename, arguments.length > 2);
      const old = this.#list;
      const list = [];
      let placed = false;
      for (let i = 0; i < old.length; i += 2) {
        if (old[i] === key && placed) continue;
        list[list.length] = old[i];
        list[list.length] = old[i] === key ? entry : old[i + 1];
        if (old[i] === key) placed = true;
      }
      if (!placed) {
        list[list.length] = key;
        list[list.length] = entry;
      }
      this.#list = list;
    }

    delete(name) {
      required(1, arguments.length, 'FormData.delete');
      const key = text(name);
      const list = [];
      for (let i = 0; i < this.#list.length; i += 2) {
        if (this.#list[i] === key) continue;
        list[list.length] = this.#list[i];
        list[list.length] = this.#list[i + 1];
      }
      this.#list = list;
    }

    get(name) {
      required(1, arguments.length, 'FormData.get');
      const key = text(name);
      for (let i = 0; i < this.#list.length; i += 2) if (this.#list[i] === key) return this.#list[i + 1];
      return null;
    }

    getAll(name) {
      required(1, arguments.length, 'FormData.getAll');
      const key = text(name);
      const out = [];
      for (let i = 0; i < this.#list.length; i += 2) if (this.#list[i] === key) out[out.length] = this.#list[i + 1];
      return out;
    }

    has(name) {
      required(1, arguments.length, 'FormData.has');
      const key = text(name);
      for (let i = 0; i < this.#list.length; i += 2) if (this.#list[i] === key) return true;
      return false;
    }
  }
  expose(FormData);
  prints(FormData, (form) => {
    const view = {};
    const list = listOf(form);
    for (let i = 0; i < list.length; i += 2) {
      const known = view[list[i]];
      if (known === undefined) view[list[i]] = list[i + 1];
      else if (Array.isArray(known)) known[known.length] = list[i + 1];
      else view[list[i]] = [known, list[i + 1]];
    }
    return view;
  });

  function make(value, filename, named) {
    if (!isBlob(value)) {
      if (named) throw new TypeError('FormData: the value must be a Blob where a file name is given.');
      return text(value);
    }
    if (isFile(value) && !named) return value;
    const name = named ? text(filename) : 'blob';
    const options = { type: value.type };
    if (isFile(value)) options.lastModified = value.lastModified;
    return new File([value], name, options);
  }

  const isForm = (value) => {
    try {
      return listOf(value) !== undefined;
    } catch {
      return false;
    }
  };

  function encode(form) {
    const boundary = `----formdata-${native.randomUuid()}`;
    const list = listOf(form);
    const pieces = [];
    for (let i = 0; i < list.length; i += 2) {
      const value = list[i + 1];
      const head = [`--${boundary}\r\nContent-Disposition: form-data; name="${quoted(lineEnds(list[i]))}"`];
      if (typeof value === 'string') {
        head[1] = `\r\n\r\n${lineEnds(value)}\r\n`;
        pieces[pieces.length] = native.encode(join(head, ''));
      } else {
        head[1] = `; filename="${quoted(value.name)}"\r\n`;
        head[2] = `Content-Type: ${value.type || 'application/octet-stream'}\r\n\r\n`;
        pieces[pieces.length] = native.encode(join(head, ''));
        pieces[pieces.length] = bytesOf(value);
        pieces[pieces.length] = native.encode('\r\n');
      }
    }
    pieces[pieces.length] = native.encode(`--${boundary}--\r\n`);
    return { bytes: concat(pieces), type: `multipart/form-data; boundary=${boundary}` };
  }

  // `undefined` where the bytes are not of that form.
  function decode(bytes, type) {
    const form = new FormData();
    const list = listOf(form);
    const kind = essence(type);
    if (kind === 'application/x-www-form-urlencoded') {
      const pairs = native.parseQuery(native.decode('utf-8', false, false, bytes));
      for (let i = 0; i < pairs.length; i++) list[i] = pairs[i];
      return form;
    }
    if (kind !== 'multipart/form-data') return undefined;
    const parts = native.parseMultipart(bytes, type);
    if (parts === undefined) return undefined;
    for (let i = 0; i < parts.length; i++) {
      const { name, filename, type: partType, data } = parts[i];
      list[list.length] = name;
      list[list.length] = filename === undefined
        ? native.decode('utf-8', false, false, data)
        : new File([data], filename, { type: partType });
    }
    return form;
  }

  return { FormData, isForm, encode, decode };
}
