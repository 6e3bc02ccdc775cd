// crypto: random values, and the way to SubtleCrypto.
export default function (native, load, uncurry) {
  const { expose, illegal, secret, required } = load('webidl');
  const { viewOf, set, tag } = load('bytes');
  const { isView } = ArrayBuffer;
  const integers = {
    __proto__: null, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    BigInt64Array, BigUint64Array,
  };

  class Crypto {
    constructor(key) { illegal(key); }
    get subtle() { return load('subtle').subtle; }
    getRandomValues(array) {
      required(1, arguments.length, 'getRandomValues');
      if (!isView(array) || integers[tag(array)] === undefined) {
        throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
      }
      const bytes = viewOf(array);
      if (bytes.length > 65536) {
        throw new DOMException('The requested length exceeds 65,536 bytes', 'QuotaExceededError');
      }
      set(bytes, native.randomBytes(bytes.length), 0);
      return array;
    }
    randomUUID() { return native.randomUuid(); }
  }
  expose(Crypto);

  return { Crypto, crypto: new Crypto(secret) };
}
