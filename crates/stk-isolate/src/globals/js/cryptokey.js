// CryptoKey, and the checks of algorithms and usages that every operation makes.
export default function (native, load, uncurry) {
  const { expose, prints, illegal } = load('webidl');
  const { isSource, copy } = load('bytes');
  const upper = uncurry(String.prototype.toUpperCase);
  const indexOf = uncurry(Array.prototype.indexOf);
  const { freeze } = Object;

  let materialOf;

  class CryptoKey {
    #type;
    #extractable;
    #algorithm;
    #usages;
    #material;
    static {
      materialOf = (key) => key.#material;
    }
    constructor(key, type, extractable, algorithm, usages, material) {
      illegal(key);
      this.#type = type;
      this.#extractable = extractable;
      this.#algorithm = algorithm;
      this.#usages = freeze(usages);
      this.#material = material;
    }
    get type() { return this.#type; }
    get extractable() { return this.#extractable; }
    get algorithm() { return this.#algorithm; }
    get usages() { return this.#usages; }
  }
  expose(CryptoKey);
  prints(CryptoKey, (key) => ({ type: key.type, extractable: key.extractable, algorithm: key.algorithm, usages: key.usages }));

  const names = [
    'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512', 'HMAC', 'AES-GCM', 'Ed25519', 'ECDSA', 'RSASSA-PKCS1-v1_5', 'RSA-PSS', 'PBKDF2',
    'HKDF',
  ];
  const known = { __proto__: null };
  for (let i = 0; i < names.length; i++) known[upper(names[i])] = names[i];

  const fail = (message, name = 'OperationError') => { throw new DOMException(message, name); };
  const unsupported = () => fail('Unrecognized algorithm name', 'NotSupportedError');

  // The algorithm as an object whose `name` is spelled as the standard does.
  function algorithm(given, allowed) {
    const isName = typeof given !== 'object' || given === null;
    if (!isName && given.name === undefined) throw new TypeError('The algorithm has no name');
    const name = known[upper(`${isName ? given : given.name}`)];
    if (name === undefined || indexOf(allowed, name) === -1) unsupported();
    return isName ? { name } : { ...given, name };
  }

  const hashes = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
  function hash(given) {
    if (given === undefined) throw new TypeError('The algorithm needs a hash');
    return algorithm(given, hashes).name;
  }

  const isKey = (value) => {
    try {
      return materialOf(value) !== undefined;
    } catch {
      return false;
    }
  };

  function usable(key, name, usage) {
    if (!isKey(key)) throw new TypeError('The key must be a CryptoKey');
    if (key.algorithm.name !== name) fail('The key is of another algorithm', 'InvalidAccessError');
    if (indexOf(key.usages, usage) === -1) fail(`The key can not be used to ${usage}`, 'InvalidAccessError');
    return materialOf(key);
  }

  const everyUsage = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];
  function usages(given, allowed) {
    const asked = [];
    for (const usage of given) {
      const name = `${usage}`;
      if (indexOf(everyUsage, name) === -1) throw new TypeError(`${name} is not a key usage`);
      if (indexOf(allowed, name) === -1) fail('Unsupported key usage', 'SyntaxError');
      if (indexOf(asked, name) === -1) asked[asked.length] = name;
    }
    return asked;
  }

  function bytes(value, name) {
    if (!isSource(value)) throw new TypeError(`${name} must be an ArrayBuffer or a view`);
    return copy(value);
  }

  return { CryptoKey, materialOf, isKey, algorithm, hash, usable, usages, bytes, fail, unsupported };
}
