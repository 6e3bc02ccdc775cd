// What inspect says of each kind of object: its braces, its own entries, and the keys to list after them.
export default function (native, load, uncurry) {
  const { number, primitive } = load('inspect-text');
  const { describeError } = load('inspect-error');
  const { apply, getOwnPropertyDescriptor, getPrototypeOf, has, ownKeys } = Reflect;
  const { isArray } = Array;
  const { isView } = ArrayBuffer;
  const hasOwn = uncurry(Object.prototype.hasOwnProperty);
  const slice = uncurry(String.prototype.slice);
  const regexText = uncurry(RegExp.prototype.toString);
  const isoText = uncurry(Date.prototype.toISOString);
  const dateText = uncurry(Date.prototype.toString);
  const time = uncurry(Date.prototype.getTime);
  const splice = uncurry(Array.prototype.splice);
  const mapEntries = uncurry(Map.prototype.entries);
  const setValues = uncurry(Set.prototype.values);
  const typedTag = uncurry(getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get);
  const { next: mapNext } = getPrototypeOf(new Map().entries());
  const { next: setNext } = getPrototypeOf(new Set().values());
  const { toStringTag, iterator: iteratorKey } = Symbol;
  const boxes = { Number: uncurry(Number.prototype.valueOf), String: uncurry(String.prototype.valueOf), Boolean: uncurry(Boolean.prototype.valueOf),
    BigInt: uncurry(BigInt.prototype.valueOf), Symbol: uncurry(Symbol.prototype.valueOf) };
  const more = (n) => `... ${n} more item${n > 1 ? 's' : ''}`;

  // QuickJS numbers the classes of its objects; an example of each gives its number.
  const kinds = [];
  const example = (kind, value) => { kinds[native.classId(value)] = kind; };
  example('Map', new Map());
  example('Set', new Set());
  example('Date', new Date(0));
  example('RegExp', /x/);
  example('Error', new Error());
  example('Promise', new Promise(() => {}));
  example('WeakMap', new WeakMap());
  example('WeakSet', new WeakSet());
  example('WeakRef', new WeakRef({}));
  example('ArrayBuffer', new ArrayBuffer(0));
  example('SharedArrayBuffer', new SharedArrayBuffer(0));
  example('DataView', new DataView(new ArrayBuffer(0)));
  example('Number', Object(1));
  example('String', Object(''));
  example('Boolean', Object(true));
  example('BigInt', Object(1n));
  example('Symbol', Object(Symbol()));
  example('Arguments', (function () { return arguments; })());
  example('Map Iterator', new Map().entries());
  example('Set Iterator', new Set().values());
  const compiled = native.classId(() => {});
  const functionKinds = new Map([
    [getPrototypeOf(async () => {}), 'AsyncFunction'],
    [getPrototypeOf(function* () {}), 'GeneratorFunction'],
    [getPrototypeOf(async function* () {}), 'AsyncGeneratorFunction'],
  ]);
  const kindOfFunction = uncurry(Map.prototype.get);
  const kindOf = (value) => kinds[native.classId(value)] ?? (value instanceof Error ? 'Error' : '');

  // The name of the nearest constructor up the chain whose `prototype` it is; null where there is none.
  function constructorName(value) {
    let object = value;
    const parent = getPrototypeOf(value);
    for (let depth = 0; object !== null && object !== undefined && depth < 1000; depth++) {
      const desc = getOwnPropertyDescriptor(object, 'constructor');
      if (desc !== undefined && typeof desc.value === 'function' && desc.value.name !== '' && isInstance(value, desc.value)) {
        return `${desc.value.name}`;
      }
      object = getPrototypeOf(object);
    }
    if (parent === null) return null;
    return `${kindOf(value) || 'Object'} <${constructorName(parent) ?? '[Object: null prototype] {}'}>`;
  }

  function isInstance(value, constructor) {
    try {
      return value instanceof constructor;
    } catch {
      return false;
    }
  }

  function prefix(name, tag, fallback, size = '') {
    if (name === null) {
      return tag !== '' && fallback !== tag ? `[${fallback}${size}: null prototype] [${tag}] ` : `[${fallback}${size}: null prototype] `;
    }
    return tag !== '' && name !== tag ? `${name}${size} [${tag}] ` : `${name}${size} `;
  }

  function describe(c, value, keysOf, deep, level) {
    const name = constructorName(value);
    let tag = value[toStringTag];
    if (typeof tag !== 'string' || (tag !== '' && getOwnPropertyDescriptor(value, toStringTag)?.enumerable)) tag = '';
    const kind = kindOf(value);
    const about = { c, value, name, tag, kind, deep, level, keysOf };
    let shape;
    if (has(value, iteratorKey) || name === null) shape = iterable(about);
    shape ??= other(about);
    if (shape.whole !== undefined) return shape;
    shape.name = slice(context(about), 0, -1);
    shape.short = name === null ? shape.name : `[${shape.name}]`;
    return shape;
  }

  function context({ name, tag, kind }) {
    let fallback = '';
    if (name === null) {
      fallback = kind === '' ? 'Object' : kind;
      if (fallback === tag) fallback = 'Object';
    }
    return prefix(name, tag, fallback);
  }

  const braces = (lead, keys, entries) => ({ open: `${lead}{`, close: '}', base: '', keys, entries, list: false });
  const list = (lead, keys, entries) => ({ open: `${lead}[`, close: ']', base: '', keys, entries, list: true });
  const whole = (text) => ({ whole: text });

  function iterable(about) {
    const { c, value, name, tag, kind, keysOf } = about;
    if (isArray(value)) {
      const lead = name !== 'Array' || tag !== '' ? prefix(name, tag, 'Array', `(${value.length})`) : '';
      const keys = withoutIndexes(keysOf(c, value));
      if (value.length === 0 && keys.length === 0) return whole(`${lead}[]`);
      return list(lead, keys, (t) => elements(t, value));
    }
    if (kind === 'Set' || kind === 'Map') return collection(about);
    if (isView(value) && kind !== 'DataView') {
      const fallback = name === null ? typedTag(value) : '';
      const lead = prefix(name, tag, fallback, `(${value.length})`);
      const keys = withoutIndexes(keysOf(c, value));
      if (value.length === 0 && keys.length === 0) return whole(`${lead}[]`);
      return list(lead, keys, (t) => numbers(t, value));
    }
    if (kind === 'Map Iterator' || kind === 'Set Iterator') {
      // What is left of it can not be seen without taking it.
      const title = tag === kind ? tag : tag === '' ? kind : `${tag}] [${kind}`;
      return braces(`[${title}] `, keysOf(c, value));
    }
    return undefined;
  }

  function collection({ c, value, name, tag, kind, keysOf }) {
    const entries = kind === 'Map' ? mapEntries(value) : setValues(value);
    const items = drain(entries, kind === 'Map' ? mapNext : setNext);
    const lead = prefix(name, tag, kind, `(${items.length})`);
    const keys = keysOf(c, value);
    if (items.length === 0 && keys.length === 0) return whole(`${lead}{}`);
    return braces(lead, keys, (t) => {
      const out = [];
      const shown = Math.min(items.length, Math.max(0, c.maxArrayLength));
      for (let i = 0; i < shown; i++) {
        out[i] = kind === 'Map' ? `${t.value(items[i][0])} => ${t.value(items[i][1])}` : t.value(items[i]);
      }
      if (items.length > shown) out[shown] = more(items.length - shown);
      return out;
    });
  }

  function drain(iterator, next) {
    const out = [];
    for (;;) {
      const step = apply(next, iterator, []);
      if (step.done) return out;
      out[out.length] = step.value;
    }
  }

  function withoutIndexes(keys) {
    let at = 0;
    while (at < keys.length && typeof keys[at] === 'string' && isIndex(keys[at])) at++;
    if (at > 0) splice(keys, 0, at);
    return keys;
  }

  function elements(t, value) {
    const shown = Math.min(Math.max(0, t.c.maxArrayLength), value.length);
    const out = [];
    let at = 0;
    while (at < value.length && out.length < shown) {
      if (hasOwn(value, at)) {
        out[out.length] = t.element(value, at);
        at++;
        continue;
      }
      const from = at;
      at = nextIndex(value, at);
      out[out.length] = `<${at - from} empty item${at - from > 1 ? 's' : ''}>`;
    }
    if (at < value.length) out[out.length] = more(value.length - at);
    return out;
  }

  function nextIndex(value, at) {
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      if (typeof keys[i] !== 'string' || !isIndex(keys[i])) break;
      if (+keys[i] > at) return +keys[i];
    }
    return value.length;
  }

  const isIndex = (key) => `${+key >>> 0}` === key && +key < 4294967295;

  function numbers(t, value) {
    const shown = Math.min(Math.max(0, t.c.maxArrayLength), value.length);
    const out = [];
    for (let i = 0; i < shown; i++) out[i] = typeof value[i] === 'bigint' ? `${value[i]}n` : number(t.c, value[i]);
    if (value.length > shown) out[shown] = more(value.length - shown);
    return out;
  }

  function other(about) {
    const { c, value, name, tag, kind, keysOf, deep } = about;
    const keys = keysOf(c, value);
    if (typeof value === 'function') return based(callable(about), keys, keys.length === 0);
    if (kind === 'Arguments' && name === 'Object') return keys.length === 0 ? whole('[Arguments] {}') : braces('[Arguments] ', keys);
    if (name === 'Object' && kind !== 'Error') {
      const lead = tag === '' ? '' : prefix(name, tag, 'Object');
      return keys.length === 0 ? whole(`${lead}{}`) : braces(lead, keys);
    }
    switch (kind) {
      case 'RegExp': {
        const lead = prefix(name, tag, 'RegExp');
        const text = (lead === 'RegExp ' ? '' : lead) + regexText(value);
        return based(text, keys, keys.length === 0 || deep);
      }
      case 'Date': {
        const lead = prefix(name, tag, 'Date');
        const at = time(value);
        const text = (lead === 'Date ' ? '' : lead) + (at !== at ? dateText(value) : isoText(value));
        return based(text, keys, keys.length === 0);
      }
      case 'Error': {
        const text = describeError(c, value, name, tag, keys, prefix);
        return based(text, keys, keys.length === 0);
      }
      case 'ArrayBuffer':
      case 'SharedArrayBuffer':
        return braces(prefix(name, tag, kind), keys, (t) => [contents(t.c, value), `byteLength: ${value.byteLength}`]);
      case 'DataView':
        return braces(prefix(name, tag, kind), keys, (t) => [
          `byteLength: ${value.byteLength}`, `byteOffset: ${value.byteOffset}`, `buffer: ${t.value(value.buffer)}`,
        ]);
      case 'Promise':
        return braces(prefix(name, tag, kind), keys, (t) => [promise(t, value)]);
      case 'WeakSet':
      case 'WeakMap':
        return braces(prefix(name, tag, kind), keys, () => ['<items unknown>']);
      default:
    }
    if (hasOwn(boxes, kind)) return boxed(about, keys);
    const lead = context(about);
    return keys.length === 0 ? whole(`${lead}{}`) : braces(lead, keys);
  }

  // A text that stands for the object; its keys, if any, follow in braces.
  const based = (text, keys, alone) => (alone ? whole(text) : { open: '{', close: '}', base: text, keys, entries: undefined, list: false });

  function callable({ value, name, tag }) {
    if (isClass(value)) {
      let out = `[class ${hasOwn(value, 'name') && value.name ? value.name : '(anonymous)'}`;
      if (name !== 'Function' && name !== null) out += ` [${name}]`;
      if (tag !== '' && name !== tag) out += ` [${tag}]`;
      if (name === null) return `${out} extends [null prototype]]`;
      const parent = getPrototypeOf(value)?.name;
      return parent ? `${out} extends ${parent}]` : `${out}]`;
    }
    const type = kindOfFunction(functionKinds, getPrototypeOf(value)) ?? 'Function';
    let out = `[${type}${name === null ? ' (null prototype)' : ''}${value.name === '' ? ' (anonymous)' : `: ${value.name}`}]`;
    if (name !== type && name !== null) out += ` ${name}`;
    if (tag !== '' && name !== tag) out += ` [${tag}]`;
    return out;
  }

  // A class's `prototype` can not be assigned; those of native constructors neither, but they are not compiled code.
  const isClass = (value) => native.classId(value) === compiled && getOwnPropertyDescriptor(value, 'prototype')?.writable === false;

  function boxed({ c, value, name, tag, kind }, keys) {
    if (kind === 'String') withoutIndexes(keys);
    const inner = primitive({ ...c, compact: true }, boxes[kind](value));
    let text = `[${kind}${kind === name ? '' : name === null ? ' (null prototype)' : ` (${name})`}: ${inner}]`;
    if (tag !== '' && tag !== name) text += ` [${tag}]`;
    return based(text, keys, keys.length === 0);
  }

  function contents(c, buffer) {
    if (buffer.detached) return '(detached)';
    const bytes = new Uint8Array(buffer);
    let text = '';
    for (let i = 0; i < bytes.length && i < c.maxArrayLength; i++) text += `${i > 0 ? ' ' : ''}${bytes[i] < 16 ? '0' : ''}${bytes[i].toString(16)}`;
    const left = buffer.byteLength - c.maxArrayLength;
    return `[Uint8Contents]: <${text}${left > 0 ? ` ... ${left} more byte${left > 1 ? 's' : ''}` : ''}>`;
  }

  function promise(t, value) {
    const state = native.promiseState(value);
    if (state === 0) return '<pending>';
    const text = t.value(native.promiseResult(value));
    return state === 2 ? `<rejected> ${text}` : text;
  }

  return { describe };
}
