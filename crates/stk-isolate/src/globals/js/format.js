// The line that console.log makes of its arguments: %s, %d, %i, %f, %j, %o, %O, %c and the rest inspected.
export default function (native, load, uncurry) {
  const { inspect } = load('inspect');
  const { number, primitive } = load('inspect-text');
  const { stringify } = JSON;
  const { getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const codeUnit = uncurry(String.prototype.charCodeAt);
  const slice = uncurry(String.prototype.slice);
  const includes = uncurry(String.prototype.includes);
  const hasOwn = uncurry(Object.prototype.hasOwnProperty);
  const { parseInt: toInt, parseFloat: toFloat } = globalThis;
  const plain = { numericSeparator: false, maxStringLength: Infinity, compact: 3, breakLength: 80, indent: 0 };
  const builtIn = new Set();
  const names = Object.getOwnPropertyNames(globalThis);
  for (let i = 0; i < names.length; i++) if (/^[A-Z][a-zA-Z0-9]+$/.test(names[i])) builtIn.add(names[i]);
  const isBuiltIn = uncurry(Set.prototype.has);

  function format(args) {
    const first = args[0];
    if (typeof first !== 'string') return rest(args, 0, '');
    if (args.length === 1) return first;
    let text = '';
    let from = 0;
    let at = 0; // the last argument used
    for (let i = 0; i < first.length - 1; i++) {
      if (codeUnit(first, i) !== 37) continue;
      const kind = first[++i];
      if (kind === '%') {
        text += slice(first, from, i);
        from = i + 1;
        continue;
      }
      if (at + 1 === args.length || !includes('sdifjoOc', kind)) continue;
      text += slice(first, from, i - 1) + placed(kind, args[++at]);
      from = i + 1;
    }
    if (from === 0) return rest(args, 1, first);
    return rest(args, at + 1, text + slice(first, from));
  }

  function rest(args, from, text) {
    let out = text;
    for (let i = from; i < args.length; i++) {
      if (i > 0) out += ' ';
      out += typeof args[i] === 'string' ? args[i] : inspect(args[i]);
    }
    return out;
  }

  function placed(kind, value) {
    switch (kind) {
      case 's': return string(value);
      case 'd': return numeric(value, Number);
      case 'i': return numeric(value, toInt);
      case 'f': return typeof value === 'symbol' ? 'NaN' : number(plain, toFloat(value));
      case 'j': return json(value);
      case 'O': return inspect(value);
      case 'o': return inspect(value, { showHidden: true, showProxy: true, depth: 4 });
      default: return '';
    }
  }

  function numeric(value, convert) {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'symbol') return 'NaN';
    return number(plain, convert(value));
  }

  function string(value) {
    if (typeof value === 'number' || typeof value === 'bigint') return primitive(plain, value);
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return String(value);
    if (typeof value === 'function' || !hasOwnText(value)) return typeof value === 'function' ? String(value) : inspect(value, { depth: 0 });
    return String(value);
  }

  // Whether the object, or a class that is not the language's, says how it reads as a string.
  function hasOwnText(value) {
    if (native.proxyTarget(value) !== undefined) value = native.proxyTarget(value);
    if (value === null) return false;
    const toPrimitive = typeof value[Symbol.toPrimitive] === 'function';
    if (typeof value.toString !== 'function' && !toPrimitive) return false;
    let owner = value;
    while (owner !== null && !hasOwn(owner, 'toString') && !(toPrimitive && hasOwn(owner, Symbol.toPrimitive))) owner = getPrototypeOf(owner);
    if (owner === value) return true;
    const made = owner === null ? undefined : getOwnPropertyDescriptor(owner, 'constructor')?.value;
    return !(typeof made === 'function' && isBuiltIn(builtIn, made.name));
  }

  function json(value) {
    try {
      return `${stringify(value)}`;
    } catch (error) {
      if (error instanceof TypeError && includes(`${error.message}`, 'circular')) return '[Circular]';
      throw error;
    }
  }

  return { format };
}
