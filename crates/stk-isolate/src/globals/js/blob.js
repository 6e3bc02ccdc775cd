// Blob and File. Bytes are joined once, when the blob is made; a slice is a copy.
export default function (native, load, uncurry) {
  const { expose, required, text, inspectCustom, secret } = load('webidl');
  const { isSource, copy, slice, concat, bufferOf } = load('bytes');
  const { defineProperty } = Object;
  const test = uncurry(RegExp.prototype.test);
  const replace = uncurry(String.prototype.replace);
  const lower = uncurry(String.prototype.toLowerCase);
  const { now } = Date;

  let bytesOf;

  class Blob {
    #bytes;
    #type = '';

    static {
      bytesOf = (blob) => blob.#bytes;
    }

    constructor(parts = [], options = undefined) {
      if (options === secret) { // our own: `parts` are the bytes already
        this.#bytes = parts;
        return;
      }
      if (parts === null || typeof parts !== 'object' || typeof parts[Symbol.iterator] !== 'function') {
        const error = new TypeError('The "sources" argument must be an instance of Iterable.');
        error.code = 'ERR_INVALID_ARG_TYPE';
        throw error;
      }
      const endings = options?.endings === undefined ? 'transparent' : `${options.endings}`;
      if (endings !== 'transparent' && endings !== 'native') {
        throw new TypeError(`The property 'options.endings' is invalid. Received '${endings}'`);
      }
      const pieces = [];
      for (const part of parts) pieces[pieces.length] = piece(part, endings);
      this.#bytes = concat(pieces);
      this.#type = mediaType(options?.type);
    }

    get size() { return this.#bytes.length; }
    get type() { return this.#type; }

    slice(start = 0, end = undefined, type = undefined) {
      const size = this.#bytes.length;
      const from = clamp(start, size, 0);
      const to = clamp(end, size, size);
      const out = new Blob(slice(this.#bytes, from, to > from ? to : from), secret);
      out.#type = mediaType(type);
      return out;
    }

    async arrayBuffer() { return bufferOf(copy(this.#bytes)); }
    async bytes() { return copy(this.#bytes); }
    async text() { return native.decode('utf-8', true, false, this.#bytes); }
    stream() { return load('body').streamOf(this.#bytes); }
  }
  expose(Blob);
  inspected(Blob, (blob) => ({ size: blob.size, type: blob.type }));

  class File extends Blob {
    #name;
    #lastModified;
    constructor(parts, name, options = undefined) {
      required(2, arguments.length, 'File constructor');
      super(parts, options);
      this.#name = text(name);
      const modified = options?.lastModified;
      this.#lastModified = modified === undefined ? now() : Math.trunc(+modified) || 0;
    }
    get name() { return this.#name; }
    get lastModified() { return this.#lastModified; }
  }
  expose(File);
  inspected(File, (file) => ({ size: file.size, type: file.type, name: file.name, lastModified: file.lastModified }));

  function inspected(Class, view) {
    defineProperty(Class.prototype, inspectCustom, {
      value(depth, options, inspect) {
        if (depth !== null && depth < 0) return this;
        return `${Class.name} ${inspect(view(this), options)}`;
      },
      configurable: true,
      writable: true,
    });
  }

  function piece(part, endings) {
    if (isBlob(part)) return bytesOf(part);
    if (isSource(part)) return part;
    const string = text(part);
    return native.encode(endings === 'native' ? replace(string, /\r\n|\r/g, '\n') : string);
  }

  function mediaType(type) {
    if (type === undefined) return '';
    const string = `${type}`;
    return test(/^[\x20-\x7e]*$/, string) ? lower(string) : '';
  }

  function clamp(value, size, fallback) {
    if (value === undefined) return fallback;
    let at = Math.trunc(+value) || 0;
    if (at < 0) at += size;
    return at < 0 ? 0 : at > size ? size : at;
  }

  const isBlob = (value) => {
    if (typeof value !== 'object' || value === null) return false;
    try {
      return bytesOf(value) !== undefined;
    } catch {
      return false;
    }
  };
  const isFile = (value) => isBlob(value) && value instanceof File;

  return { Blob, File, isBlob, isFile, bytesOf };
}
