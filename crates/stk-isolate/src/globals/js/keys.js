// Keys in and out: raw, spki, pkcs8 and jwk. `material` is what the native side computes with:
// secret keys: bytes; EC: the point, or the scalar; Ed25519: the point, or the seed; RSA: spki or pkcs8 in DER.
export default function (native, load, uncurry) {
  const { secret } = load('webidl');
  const { CryptoKey, hash, usages, fail, unsupported, bytes } = load('cryptokey');
  const { parse, stringify } = JSON;
  const curves = { __proto__: null, 'P-256': 32, 'P-384': 48 };
  const hmacAlg = { __proto__: null, 'SHA-1': 'HS1', 'SHA-256': 'HS256', 'SHA-384': 'HS384', 'SHA-512': 'HS512' };
  const wrong = (message = 'Invalid keyData') => fail(message, 'DataError');
  const decode = (text) => (typeof text === 'string' ? native.fromBase64Url(text) : undefined) ?? wrong('Invalid JWK');
  const encode = (value) => native.toBase64Url(value);

  const make = (type, extractable, algorithm, list, material) => {
    if (list.length === 0 && type !== 'public') fail('Usages cannot be empty when creating a key.', 'SyntaxError');
    return new CryptoKey(secret, type, extractable, algorithm, list, material);
  };

  function checkJwk(jwk, extractable) {
    if (typeof jwk !== 'object' || jwk === null) throw new TypeError('The JWK must be an object');
    if (extractable && jwk.ext === false) wrong('JWK "ext" Parameter and extractable mismatch');
    return parse(stringify(jwk));
  }

  function secretKey(format, data, extractable, kty = 'oct') {
    if (format === 'raw') return bytes(data, 'keyData');
    if (format !== 'jwk') return fail('Unsupported key format', 'NotSupportedError');
    const jwk = checkJwk(data, extractable);
    if (jwk.kty !== kty) wrong('Invalid JWK "kty" Parameter');
    return decode(jwk.k);
  }

  const importers = {
    __proto__: null,
    'HMAC'(format, data, algorithm, extractable, asked) {
      const name = hash(algorithm.hash);
      const list = usages(asked, ['sign', 'verify']);
      const material = secretKey(format, data, extractable);
      if (material.length === 0) wrong('Zero-length key is not supported');
      const length = material.length * 8;
      if (algorithm.length !== undefined && algorithm.length !== length) wrong('Invalid key length');
      return make('secret', extractable, { name: 'HMAC', hash: { name }, length }, list, material);
    },
    'AES-GCM'(format, data, algorithm, extractable, asked) {
      const list = usages(asked, ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']);
      const material = secretKey(format, data, extractable);
      const length = material.length * 8;
      if (length !== 128 && length !== 192 && length !== 256) wrong('Invalid key length');
      return make('secret', extractable, { name: 'AES-GCM', length }, list, material);
    },
    'PBKDF2': derived,
    'HKDF': derived,
    'Ed25519'(format, data, algorithm, extractable, asked) {
      const { type, material } = edKey(format, data, extractable);
      const list = usages(asked, type === 'public' ? ['verify'] : ['sign']);
      return make(type, extractable, { name: 'Ed25519' }, list, material);
    },
    'ECDSA'(format, data, algorithm, extractable, asked) {
      const curve = `${algorithm.namedCurve}`;
      if (curves[curve] === undefined) fail('Unrecognized namedCurve', 'NotSupportedError');
      const { type, material } = ecKey(format, data, extractable, curve);
      const list = usages(asked, type === 'public' ? ['verify'] : ['sign']);
      return make(type, extractable, { name: 'ECDSA', namedCurve: curve }, list, material);
    },
    'RSASSA-PKCS1-v1_5': rsa,
    'RSA-PSS': rsa,
  };

  function derived(format, data, algorithm, extractable, asked) {
    if (format !== 'raw') fail('Unsupported key format', 'NotSupportedError');
    const list = usages(asked, ['deriveKey', 'deriveBits']);
    if (extractable) fail(`${algorithm.name} keys are not extractable`, 'SyntaxError');
    return make('secret', false, { name: algorithm.name }, list, bytes(data, 'keyData'));
  }

  function edKey(format, data, extractable) {
    if (format === 'raw') {
      const material = bytes(data, 'keyData');
      return { type: 'public', material: native.edPublic(material) ? material : wrong() };
    }
    if (format === 'spki') return { type: 'public', material: native.edFromSpki(bytes(data, 'keyData')) ?? wrong() };
    if (format === 'pkcs8') return { type: 'private', material: native.edFromPkcs8(bytes(data, 'keyData')) ?? wrong() };
    const jwk = checkJwk(data, extractable);
    if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519') wrong('Invalid JWK');
    const point = decode(jwk.x);
    if (jwk.d === undefined) return { type: 'public', material: native.edPublic(point) ? point : wrong('Invalid JWK') };
    const seed = decode(jwk.d);
    if (seed.length !== 32 || encode(native.edPoint(seed)) !== encode(point)) wrong('Invalid JWK');
    return { type: 'private', material: seed };
  }

  function ecKey(format, data, extractable, curve) {
    if (format === 'raw') return { type: 'public', material: native.ecPoint(curve, bytes(data, 'keyData')) ?? wrong() };
    if (format === 'spki') return { type: 'public', material: native.ecFromSpki(curve, bytes(data, 'keyData')) ?? wrong() };
    if (format === 'pkcs8') return { type: 'private', material: native.ecFromPkcs8(curve, bytes(data, 'keyData')) ?? wrong() };
    const jwk = checkJwk(data, extractable);
    if (jwk.kty !== 'EC' || jwk.crv !== curve) wrong('Invalid JWK');
    const { concat } = load('bytes');
    const point = native.ecPoint(curve, concat([new Uint8Array([4]), decode(jwk.x), decode(jwk.y)])) ?? wrong('Invalid JWK EC key');
    if (jwk.d === undefined) return { type: 'public', material: point };
    const scalar = decode(jwk.d);
    const own = native.ecPublic(curve, scalar) ?? wrong('Invalid JWK EC key');
    if (encode(own) !== encode(point)) wrong('Invalid JWK EC key');
    return { type: 'private', material: scalar };
  }

  function rsa(format, data, algorithm, extractable, asked) {
    const name = hash(algorithm.hash);
    let type = 'public';
    let material;
    if (format === 'spki') material = native.rsaFromSpki(bytes(data, 'keyData'));
    else if (format === 'pkcs8') {
      type = 'private';
      material = native.rsaFromPkcs8(bytes(data, 'keyData'));
    } else if (format === 'jwk') {
      const jwk = checkJwk(data, extractable);
      if (jwk.kty !== 'RSA') wrong('Invalid JWK "kty" Parameter');
      type = jwk.d === undefined ? 'public' : 'private';
      material = type === 'public'
        ? native.rsaFromParts(decode(jwk.n), decode(jwk.e))
        : native.rsaFromPrivateParts(decode(jwk.n), decode(jwk.e), decode(jwk.d), decode(jwk.p), decode(jwk.q));
    } else fail('Unsupported key format', 'NotSupportedError');
    if (material === undefined) wrong();
    const list = usages(asked, type === 'public' ? ['verify'] : ['sign']);
    const parts = native.rsaParts(type === 'private', material);
    const about = {
      name: algorithm.name, modulusLength: parts[0].length * 8, publicExponent: parts[1], hash: { name },
    };
    return make(type, extractable, about, list, material);
  }

  function importKey(format, data, algorithm, extractable, asked) {
    const known = ['raw', 'spki', 'pkcs8', 'jwk'];
    if (known.indexOf(format) === -1) throw new TypeError(`${format} is not a key format`);
    const run = importers[algorithm.name] ?? unsupported();
    return run(format, data, algorithm, extractable, asked);
  }

  function exportKey(format, key, material) {
    const { name } = key.algorithm;
    if (name === 'HMAC' || name === 'AES-GCM') return exportSecret(format, key, material);
    if (name === 'Ed25519') return exportEd(format, key, material);
    if (name === 'ECDSA') return exportEc(format, key, material);
    if (name === 'RSASSA-PKCS1-v1_5' || name === 'RSA-PSS') return exportRsa(format, key, material);
    return fail('The key can not be exported', 'NotSupportedError');
  }

  const about = (key) => ({ key_ops: [...key.usages], ext: key.extractable });
  const isPublic = (key) => key.type === 'public';
  const not = () => fail('Unsupported key format', 'NotSupportedError');

  function exportSecret(format, key, material) {
    if (format === 'raw') return material;
    if (format !== 'jwk') return not();
    const { name, length, hash: of } = key.algorithm;
    const alg = name === 'HMAC' ? hmacAlg[of.name] : `A${length}GCM`;
    return { key_ops: [...key.usages], ext: key.extractable, kty: 'oct', k: encode(material), alg };
  }

  function exportEd(format, key, material) {
    const point = isPublic(key) ? material : native.edPoint(material);
    if (format === 'jwk') {
      const jwk = { ...about(key), crv: 'Ed25519' };
      if (!isPublic(key)) jwk.d = encode(material);
      return { ...jwk, x: encode(point), kty: 'OKP' };
    }
    if (format === 'raw' && isPublic(key)) return material;
    if (format === 'spki' && isPublic(key)) return native.edToSpki(material);
    return format === 'pkcs8' && !isPublic(key) ? native.edToPkcs8(material) : not();
  }

  function exportEc(format, key, material) {
    const curve = key.algorithm.namedCurve;
    if (format === 'jwk') {
      const { slice } = load('bytes');
      const point = isPublic(key) ? material : native.ecPublic(curve, material);
      const size = curves[curve];
      const jwk = { ...about(key), kty: 'EC', x: encode(slice(point, 1, 1 + size)), y: encode(slice(point, 1 + size)), crv: curve };
      if (!isPublic(key)) jwk.d = encode(material);
      return jwk;
    }
    if (format === 'raw' && isPublic(key)) return material;
    if (format === 'spki' && isPublic(key)) return native.ecToSpki(curve, material);
    return format === 'pkcs8' && !isPublic(key) ? native.ecToPkcs8(curve, material) : not();
  }

  function exportRsa(format, key, material) {
    if (format === 'spki' && isPublic(key)) return material;
    if (format === 'pkcs8' && !isPublic(key)) return material;
    if (format !== 'jwk') return not();
    const names = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'];
    const parts = native.rsaParts(!isPublic(key), material);
    const { name, hash: of } = key.algorithm;
    const bits = of.name.slice(4);
    const jwk = { ...about(key), kty: 'RSA' };
    for (let i = 0; i < parts.length; i++) jwk[names[i]] = encode(parts[i]);
    jwk.alg = `${name === 'RSA-PSS' ? 'PS' : 'RS'}${bits}`;
    return jwk;
  }

  return { importKey, exportKey, make, curves };
}
