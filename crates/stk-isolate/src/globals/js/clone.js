// structuredClone: the structured clone algorithm of HTML. ArrayBuffers can be transferred; nothing else can.
export default function (native, load, uncurry) {
  const { getPrototypeOf, defineProperty, keys, hasOwn } = Object;
  const { isArray } = Array;
  const { isView } = ArrayBuffer;
  const mapGet = uncurry(Map.prototype.get);
  const mapSet = uncurry(Map.prototype.set);
  const mapEach = uncurry(Map.prototype.forEach);
  const setEach = uncurry(Set.prototype.forEach);
  const setAdd = uncurry(Set.prototype.add);
  const time = uncurry(Date.prototype.getTime);
  const moved = uncurry(ArrayBuffer.prototype.transfer);
  const copied = uncurry(ArrayBuffer.prototype.slice);
  const { tag } = load('bytes');
  const typed = {
    __proto__: null, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array,
    Float64Array, BigInt64Array, BigUint64Array,
  };
  const valueOf = [Number.prototype.valueOf, String.prototype.valueOf, Boolean.prototype.valueOf, BigInt.prototype.valueOf];
  const { apply, construct } = Reflect;
  const classId = (value) => native.classId(value);
  const kinds = {
    date: classId(new Date(0)), regexp: classId(/x/), map: classId(new Map()), set: classId(new Set()),
    error: classId(new Error()), plain: classId({}), buffer: classId(new ArrayBuffer(0)),
    shared: classId(new SharedArrayBuffer(0)),
    arguments: classId((function () { return arguments; })()), symbol: classId(Object(Symbol())),
  };
  const errors = { __proto__: null, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const boxIds = [classId(Object(1)), classId(Object('')), classId(Object(true)), classId(Object(1n))];

  function refuse(what) {
    throw new DOMException(`${what} could not be cloned.`, 'DataCloneError');
  }

  function structuredClone(value, options = undefined) {
    if (arguments.length === 0) throw new TypeError("The \"value\" argument must be specified");
    const seen = new Map();
    const transfer = options?.transfer;
    const list = [];
    if (transfer !== undefined) {
      for (const item of transfer) {
        if (item === null || typeof item !== 'object') throw new TypeError('Only objects can be transferred');
        if (classId(item) !== kinds.buffer) {
          throw new DOMException('Value could not be transferred', 'DataCloneError');
        }
        for (let i = 0; i < list.length; i++) {
          if (list[i] === item) throw new DOMException('ArrayBuffer occurs in the transfer list twice', 'DataCloneError');
        }
        if (item.detached) throw new DOMException('An ArrayBuffer is detached and could not be cloned.', 'DataCloneError');
        list[list.length] = item;
      }
    }
    if (list.length === 0) return copy(value, seen);
    // Taken away at the end only: nothing may be lost if the rest can not be cloned.
    for (let i = 0; i < list.length; i++) mapSet(seen, list[i], copied(list[i], 0));
    const out = copy(value, seen);
    for (let i = 0; i < list.length; i++) moved(list[i]);
    return out;
  }

  function copy(value, seen) {
    if (typeof value === 'symbol') refuse(String(value));
    if (typeof value === 'function') refuse(`${value.name}`);
    if (value === null || typeof value !== 'object') return value;
    const known = mapGet(seen, value);
    if (known !== undefined) return known;
    if (isArray(value) && native.proxyTarget(value) === undefined) {
      const out = new Array(value.length);
      mapSet(seen, value, out);
      return properties(value, out, seen);
    }
    if (isView(value)) return view(value, seen);
    return object(value, classId(value), seen);
  }

  function object(value, id, seen) {
    const keep = (out) => { mapSet(seen, value, out); return out; };
    switch (id) {
      case kinds.date: return keep(new Date(time(value)));
      case kinds.regexp: return keep(new RegExp(value.source, value.flags));
      case kinds.buffer:
        if (value.detached) throw new DOMException('An ArrayBuffer is detached and could not be cloned.', 'DataCloneError');
        return keep(value.resizable ? resizable(value) : copied(value, 0));
      case kinds.shared: return value;
      case kinds.map: return map(value, keep(new Map()), seen);
      case kinds.set: return set(value, keep(new Set()), seen);
      case kinds.error: return error(value, keep, seen);
      case kinds.plain:
      case kinds.arguments:
        return properties(value, keep({}), seen);
      default:
    }
    for (let i = 0; i < boxIds.length; i++) if (id === boxIds[i]) return keep(Object(apply(valueOf[i], value, [])));
    if (value instanceof DOMException) return keep(new DOMException(value.message, value.name));
    if (id === kinds.symbol) refuse('Object(Symbol())');
    return refuse(`#<${getPrototypeOf(value)?.constructor?.name ?? 'Object'}>`);
  }

  function properties(value, out, seen) {
    const names = keys(value);
    for (let i = 0; i < names.length; i++) {
      if (!hasOwn(value, names[i])) continue;
      const inner = copy(value[names[i]], seen);
      defineProperty(out, names[i], { value: inner, enumerable: true, configurable: true, writable: true });
    }
    return out;
  }

  function map(value, out, seen) {
    const entries = [];
    mapEach(value, (inner, key) => { entries[entries.length] = key; entries[entries.length] = inner; });
    for (let i = 0; i < entries.length; i += 2) mapSet(out, copy(entries[i], seen), copy(entries[i + 1], seen));
    return out;
  }

  function set(value, out, seen) {
    const entries = [];
    setEach(value, (inner) => { entries[entries.length] = inner; });
    for (let i = 0; i < entries.length; i++) setAdd(out, copy(entries[i], seen));
    return out;
  }

  function error(value, keep, seen) {
    const name = `${value.name}`;
    const Class = errors[name] ?? Error;
    const out = construct(Class, []);
    keep(out);
    const plain = (key, inner) => defineProperty(out, key, { value: inner, configurable: true, writable: true });
    const message = hasOwn(value, 'message') ? value.message : undefined;
    if (message !== undefined) plain('message', `${message}`);
    plain('stack', `${value.stack}`);
    if (hasOwn(value, 'cause')) plain('cause', copy(value.cause, seen));
    return out;
  }

  function resizable(value) {
    const out = new ArrayBuffer(value.byteLength, { maxByteLength: value.maxByteLength });
    new Uint8Array(out).set(new Uint8Array(value));
    return out;
  }

  function view(value, seen) {
    const source = value.buffer;
    const offset = value.byteOffset;
    const length = value.length ?? value.byteLength;
    const Class = value instanceof DataView ? DataView : typed[tag(value)];
    const buffer = copy(source, seen);
    const out = construct(Class, [buffer, offset, length]);
    mapSet(seen, value, out);
    return out;
  }

  return { structuredClone };
}
