// SubtleCrypto: each operation checks its arguments, has the native side compute, and gives a promise.
export default function (native, load, uncurry) {
  const { expose, illegal, secret, required } = load('webidl');
  const K = load('cryptokey');
  const { importKey, exportKey, make, curves } = load('keys');
  const { bufferOf, concat, copy } = load('bytes');
  const { parse, stringify } = JSON;
  const signing = ['HMAC', 'Ed25519', 'ECDSA', 'RSASSA-PKCS1-v1_5', 'RSA-PSS'];
  const hashed = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
  const block = { __proto__: null, 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 };

  const done = (bytes) => bufferOf(bytes ?? K.fail('The operation failed for an operation-specific reason'));

  class SubtleCrypto {
    constructor(key) { illegal(key); }

    async digest(algorithm, data) {
      required(2, arguments.length, 'digest');
      const { name } = K.algorithm(algorithm, hashed);
      return done(native.digest(name, K.bytes(data, 'data')));
    }

    async sign(algorithm, key, data) {
      required(3, arguments.length, 'sign');
      const given = K.algorithm(algorithm, signing);
      const bytes = K.bytes(data, 'data');
      salt(given);
      const material = K.usable(key, given.name, 'sign');
      if (given.name === 'HMAC') return done(native.hmac(key.algorithm.hash.name, material, bytes));
      if (given.name === 'Ed25519') return done(native.edSign(material, bytes));
      if (given.name === 'ECDSA') return done(native.ecSign(key.algorithm.namedCurve, K.hash(given.hash), material, bytes));
      return done(native.rsaSign(given.name, key.algorithm.hash.name, material, bytes, salt(given)));
    }

    async verify(algorithm, key, signature, data) {
      required(4, arguments.length, 'verify');
      const given = K.algorithm(algorithm, signing);
      const mark = K.bytes(signature, 'signature');
      const bytes = K.bytes(data, 'data');
      salt(given);
      const material = K.usable(key, given.name, 'verify');
      if (given.name === 'HMAC') return native.hmacVerify(key.algorithm.hash.name, material, bytes, mark);
      if (given.name === 'Ed25519') return native.edVerify(material, bytes, mark);
      if (given.name === 'ECDSA') return native.ecVerify(key.algorithm.namedCurve, K.hash(given.hash), material, bytes, mark);
      return native.rsaVerify(given.name, key.algorithm.hash.name, material, bytes, mark, salt(given));
    }

    async encrypt(algorithm, key, data) {
      required(3, arguments.length, 'encrypt');
      return done(cipher(algorithm, key, data, 'encrypt'));
    }

    async decrypt(algorithm, key, data) {
      required(3, arguments.length, 'decrypt');
      return done(cipher(algorithm, key, data, 'decrypt'));
    }

    async importKey(format, data, algorithm, extractable, usages) {
      required(5, arguments.length, 'importKey');
      const given = K.algorithm(algorithm, [...signing, 'AES-GCM', 'PBKDF2', 'HKDF']);
      return importKey(`${format}`, data, given, !!extractable, usages);
    }

    async exportKey(format, key) {
      required(2, arguments.length, 'exportKey');
      if (!K.isKey(key)) throw new TypeError('The key must be a CryptoKey');
      if (!key.extractable) K.fail('key is not extractable', 'InvalidAccessException');
      const out = exportKey(`${format}`, key, K.materialOf(key));
      return format === 'jwk' ? out : bufferOf(copy(out));
    }

    async generateKey(algorithm, extractable, usages) {
      required(3, arguments.length, 'generateKey');
      const given = K.algorithm(algorithm, ['HMAC', 'AES-GCM', 'Ed25519', 'ECDSA']);
      return generate(given, !!extractable, usages);
    }

    async deriveBits(algorithm, key, length) {
      required(3, arguments.length, 'deriveBits');
      return bufferOf(derive(algorithm, key, length, 'deriveBits'));
    }

    async deriveKey(algorithm, key, derived, extractable, usages) {
      required(5, arguments.length, 'deriveKey');
      const target = K.algorithm(derived, ['HMAC', 'AES-GCM']);
      const length = target.length ?? block[target.hash === undefined ? '' : K.hash(target.hash)];
      const bytes = derive(algorithm, key, length, 'deriveKey');
      return importKey('raw', bytes, { ...target, length: undefined }, !!extractable, usages);
    }

    async wrapKey(format, key, wrapping, algorithm) {
      required(4, arguments.length, 'wrapKey');
      const out = await this.exportKey(format, key);
      const bytes = format === 'jwk' ? native.encode(stringify(out)) : out;
      return done(cipher(algorithm, wrapping, bytes, 'encrypt', 'wrapKey'));
    }

    async unwrapKey(format, wrapped, wrapping, unwrapAlgorithm, algorithm, extractable, usages) {
      required(7, arguments.length, 'unwrapKey');
      const bytes = cipher(unwrapAlgorithm, wrapping, wrapped, 'decrypt', 'unwrapKey') ?? K.fail('The key can not be unwrapped');
      const data = format === 'jwk' ? parse(native.decode('utf-8', false, false, bytes)) : bytes;
      return this.importKey(format, data, algorithm, extractable, usages);
    }
  }
  expose(SubtleCrypto);

  function salt(given) {
    if (given.name === 'RSA-PSS' && given.saltLength === undefined) throw new TypeError('RSA-PSS needs a saltLength');
    return given.saltLength ?? 0;
  }

  function cipher(algorithm, key, data, way, usage = way) {
    const given = K.algorithm(algorithm, ['AES-GCM']);
    const bytes = K.bytes(data, 'data');
    const material = K.usable(key, 'AES-GCM', usage);
    const iv = K.bytes(given.iv, 'algorithm.iv');
    const about = given.additionalData === undefined ? concat([]) : K.bytes(given.additionalData, 'algorithm.additionalData');
    const tag = given.tagLength ?? 128;
    if (tag !== 128) {
      const known = tag === 32 || tag === 64 || tag === 96 || tag === 104 || tag === 112 || tag === 120;
      if (known) K.fail('Only tags of 128 bits are supported', 'NotSupportedError');
      K.fail(`${tag} is not a valid AES-GCM tag length`);
    }
    return way === 'encrypt' ? native.aesSeal(material, iv, about, bytes) : native.aesOpen(material, iv, about, bytes);
  }

  function generate(given, extractable, asked) {
    if (given.name === 'HMAC') {
      const name = K.hash(given.hash);
      const bits = given.length === undefined ? block[name] : given.length;
      if (!(bits > 0)) K.fail('Zero-length key is not supported');
      const list = K.usages(asked, ['sign', 'verify']);
      return make('secret', extractable, { name: 'HMAC', length: bits, hash: { name } }, list, native.randomBytes(Math.ceil(bits / 8)));
    }
    if (given.name === 'AES-GCM') {
      const { length } = given;
      if (length !== 128 && length !== 192 && length !== 256) K.fail('Invalid key length');
      const list = K.usages(asked, ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']);
      return make('secret', extractable, { name: 'AES-GCM', length }, list, native.randomBytes(length / 8));
    }
    const list = K.usages(asked, ['sign', 'verify']);
    const only = (usage) => (list.indexOf(usage) === -1 ? [] : [usage]);
    const isEd = given.name === 'Ed25519';
    const curve = `${given.namedCurve}`;
    if (!isEd && curves[curve] === undefined) K.fail('Unrecognized namedCurve', 'NotSupportedError');
    const about = isEd ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: curve };
    const own = isEd ? native.randomBytes(32) : native.ecGenerate(curve);
    const point = isEd ? native.edPoint(own) : native.ecPublic(curve, own);
    const privateKey = make('private', extractable, about, only('sign'), own);
    return { publicKey: make('public', true, { ...about }, only('verify'), point), privateKey };
  }

  function derive(algorithm, key, length, usage) {
    const given = K.algorithm(algorithm, ['PBKDF2', 'HKDF']);
    const name = K.hash(given.hash);
    const salt = K.bytes(given.salt, 'algorithm.salt');
    const material = K.usable(key, given.name, usage);
    if (length === null || length === undefined) K.fail('length cannot be null');
    if (length % 8 !== 0) K.fail('length must be a multiple of 8');
    if (given.name === 'HKDF') {
      return native.hkdf(name, material, salt, K.bytes(given.info, 'algorithm.info'), length / 8) ?? K.fail('length is too large');
    }
    const rounds = +given.iterations;
    if (!(rounds >= 1)) K.fail('iterations cannot be zero');
    if (rounds > 0xffffffff) K.fail('Too many iterations, or bits');
    return native.pbkdf2(name, material, salt, rounds, length / 8) ?? K.fail('Too many iterations, or bits');
  }

  return { SubtleCrypto, subtle: new SubtleCrypto(secret) };
}
