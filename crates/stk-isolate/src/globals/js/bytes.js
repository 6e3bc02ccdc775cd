// Bytes: what is a buffer or a view, copies of them, and bytes joined.
export default function (native, load, uncurry) {
  const { getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const { isView } = ArrayBuffer;
  const TypedArray = getPrototypeOf(Uint8Array);
  const getter = (proto, name) => uncurry(getOwnPropertyDescriptor(proto, name).get);
  const tag = getter(TypedArray.prototype, Symbol.toStringTag);
  const typedBuffer = getter(TypedArray.prototype, 'buffer');
  const typedOffset = getter(TypedArray.prototype, 'byteOffset');
  const typedLength = getter(TypedArray.prototype, 'byteLength');
  const dataBuffer = getter(DataView.prototype, 'buffer');
  const dataOffset = getter(DataView.prototype, 'byteOffset');
  const dataLength = getter(DataView.prototype, 'byteLength');
  const bufferLength = getter(ArrayBuffer.prototype, 'byteLength');
  const set = uncurry(TypedArray.prototype.set);
  const subarray = uncurry(TypedArray.prototype.subarray);
  const Bytes = Uint8Array;

  function isBuffer(value) {
    if (typeof value !== 'object' || value === null || isView(value)) return false;
    try {
      bufferLength(value);
      return true;
    } catch {
      return value instanceof SharedArrayBuffer;
    }
  }

  const isUint8Array = (value) => isView(value) && tag(value) === 'Uint8Array';

  // The bytes of a buffer or view, not copied.
  function viewOf(source) {
    if (!isView(source)) return new Bytes(source);
    const type = tag(source);
    if (type === 'Uint8Array') return source;
    if (type === undefined) return new Bytes(dataBuffer(source), dataOffset(source), dataLength(source));
    return new Bytes(typedBuffer(source), typedOffset(source), typedLength(source));
  }

  const copy = (source) => new Bytes(viewOf(source));
  const slice = (bytes, from, to) => new Bytes(subarray(bytes, from, to));

  function concat(pieces) {
    let total = 0;
    for (let i = 0; i < pieces.length; i++) {
      pieces[i] = viewOf(pieces[i]);
      total += pieces[i].length;
    }
    const out = new Bytes(total);
    let at = 0;
    for (let i = 0; i < pieces.length; i++) {
      set(out, pieces[i], at);
      at += pieces[i].length;
    }
    return out;
  }

  const isSource = (value) => isView(value) || isBuffer(value);
  const bufferOf = (bytes) => typedBuffer(bytes);

  return { isBuffer, isSource, isUint8Array, viewOf, copy, slice, concat, set, bufferOf, tag };
}
