// How values print: the text that Node's console gives them, so that a log reads the same in both.
export default function (native, load, uncurry) {
  const { describe } = load('inspect-types');
  const { quoted, number, primitive, key: keyText, lines, group } = load('inspect-text');
  const { apply, ownKeys, getOwnPropertyDescriptor } = Reflect;
  const includes = uncurry(String.prototype.includes);
  const replaceAll = uncurry(String.prototype.replaceAll);
  const repeat = uncurry(String.prototype.repeat);
  const join = uncurry(Array.prototype.join);
  const pop = uncurry(Array.prototype.pop);
  const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
  const defaults = {
    showHidden: false, depth: 2, colors: false, customInspect: true, showProxy: false, maxArrayLength: 100, maxStringLength: 10000,
    breakLength: 80, compact: 3, sorted: false, getters: false, numericSeparator: false,
  };

  // Kinds of entries, for how they are laid out.
  const OBJECT = 0;
  const ELEMENT = 1;
  const LIST = 2;

  function inspect(value, options) {
    const c = { ...defaults, seen: [], indent: 0, current: 0, circular: undefined, budget: 0 };
    if (typeof options === 'object' && options !== null) {
      for (const name in defaults) if (options[name] !== undefined) c[name] = options[name];
      if (options.seen !== undefined) c.seen = options.seen;
    }
    if (c.maxArrayLength === null) c.maxArrayLength = Infinity;
    if (c.maxStringLength === null) c.maxStringLength = Infinity;
    return format(c, value, 0);
  }

  function format(c, value, level) {
    if (value === null) return 'null';
    if (typeof value !== 'object' && typeof value !== 'function') return primitive(c, value);
    const subject = value;
    const target = native.proxyTarget(value);
    if (target !== undefined) {
      if (target === null) return '<Revoked Proxy>';
      if (c.showProxy) return proxy(c, target, native.proxyHandler(value), level);
      value = target;
      while (native.proxyTarget(value)) value = native.proxyTarget(value);
    }
    if (c.customInspect) {
      const custom = value[inspectCustom];
      if (typeof custom === 'function' && !(value.constructor && value.constructor.prototype === value)) {
        const options = { stylize: (text) => `${text}` };
        for (const name in defaults) options[name] = c[name];
        const out = apply(custom, subject, [c.depth === null ? null : c.depth - level, options, inspect]);
        if (out !== subject) {
          if (typeof out !== 'string') return format(c, out, level);
          return replaceAll(out, '\n', `\n${repeat(' ', c.indent)}`);
        }
      }
    }
    for (let i = 0; i < c.seen.length; i++) if (c.seen[i] === value) return circular(c, value);
    return raw(c, value, level);
  }

  function circular(c, value) {
    c.circular ??= [];
    let at = 0;
    while (at < c.circular.length && c.circular[at] !== value) at++;
    c.circular[at] = value;
    return `[Circular *${at + 1}]`;
  }

  function proxy(c, target, handler, level) {
    if (c.depth !== null && level > c.depth) return 'Proxy [Array]';
    c.indent += 2;
    const output = [format(c, target, level + 1), format(c, handler, level + 1)];
    c.indent -= 2;
    return layOut(c, output, '', 'Proxy [', ']', LIST, level + 1, undefined);
  }

  function raw(c, value, level) {
    const deep = c.depth !== null && level > c.depth;
    const shape = describe(c, value, keys, deep, level);
    if (shape.whole !== undefined) return shape.whole;
    if (deep) return shape.short;
    const next = level + 1;
    c.seen[c.seen.length] = value;
    c.current = next;
    const { indent } = c;
    let output;
    try {
      output = shape.entries === undefined ? [] : shape.entries(tools(c, next));
      for (let i = 0; i < shape.keys.length; i++) {
        output[output.length] = property(c, value, next, shape.keys[i], shape.list ? LIST : OBJECT);
      }
    } catch (error) {
      if (!(error instanceof RangeError) || !includes(`${error.message}`, 'call stack')) throw error;
      c.indent = indent;
      pop(c.seen);
      return `[${shape.name}: Inspection interrupted prematurely. Maximum call stack size exceeded.]`;
    }
    let { base } = shape;
    if (c.circular !== undefined) {
      for (let i = 0; i < c.circular.length; i++) {
        if (c.circular[i] === value) base = base === '' ? `<ref *${i + 1}>` : `<ref *${i + 1}> ${base}`;
      }
    }
    pop(c.seen);
    if (c.sorted && !shape.list) apply(Array.prototype.sort, output, c.sorted === true ? [] : [c.sorted]);
    const text = layOut(c, output, base, shape.open, shape.close, shape.list ? LIST : OBJECT, next, shape.list ? value : undefined);
    c.budget += text.length;
    if (c.budget > 1 << 27) c.depth = -1; // enough is enough: only names from here on
    return text;
  }

  // What the description of a type may use to format its own entries.
  function tools(c, level) {
    return {
      c,
      value(inner) {
        c.indent += 2;
        const text = format(c, inner, level);
        c.indent -= 2;
        return text;
      },
      element: (owner, key) => property(c, owner, level, key, ELEMENT),
      number: (inner) => number(c, inner),
    };
  }

  function keys(c, value) {
    const all = ownKeys(value);
    const out = [];
    for (let i = 0; i < all.length; i++) {
      if (c.showHidden && typeof all[i] === 'string') out[out.length] = all[i];
      else if (getOwnPropertyDescriptor(value, all[i])?.enumerable) out[out.length] = all[i];
    }
    return out;
  }

  function property(c, owner, level, key, kind) {
    const desc = getOwnPropertyDescriptor(owner, key) ?? { value: owner[key], enumerable: true };
    let text;
    if (desc.value !== undefined) {
      const diff = c.compact !== true || kind !== OBJECT ? 2 : 3;
      c.indent += diff;
      text = format(c, desc.value, level);
      c.indent -= diff;
    } else if (desc.get !== undefined) {
      text = accessor(c, owner, desc, level);
    } else {
      text = desc.set === undefined ? 'undefined' : '[Setter]';
    }
    if (kind === ELEMENT) return text;
    return `${keyText(key, desc.enumerable)}: ${text}`;
  }

  function accessor(c, owner, desc, level) {
    const label = desc.set === undefined ? 'Getter' : 'Getter/Setter';
    const wanted = c.getters === true || (c.getters === 'get' && desc.set === undefined) || (c.getters === 'set' && desc.set !== undefined);
    if (!wanted) return `[${label}]`;
    try {
      const value = apply(desc.get, owner, []);
      if (value === null || typeof value !== 'object') return `[${label}: ${value === null ? 'null' : primitive(c, value)}]`;
      c.indent += 2;
      const text = format(c, value, level);
      c.indent -= 2;
      return `[${label}] ${text}`;
    } catch (error) {
      return `[${label}: <Inspection threw (${error.message})>]`;
    }
  }

  // On one line where the innermost levels fit, else an entry a line.
  function layOut(c, output, base, open, close, kind, level, value) {
    const lead = base === '' ? '' : `${base} `;
    if (c.compact === true) {
      if (fits(c, output, 0, base)) return `${open}${base === '' ? '' : ` ${base}`} ${join(output, ', ')} ${close}`;
    } else if (c.compact !== false) {
      const entries = output.length;
      if (kind === LIST && entries > 6) output = group(c, output, value);
      if (c.current - level < c.compact && entries === output.length) {
        const start = output.length + c.indent + open.length + base.length + 10;
        if (fits(c, output, start, base)) {
          const line = join(output, ', ');
          if (!includes(line, '\n')) return `${lead}${open} ${line} ${close}`;
        }
      }
    }
    return `${lead}${open}${lines(c.indent, output)}${close}`;
  }

  function fits(c, output, start, base) {
    let total = output.length + start;
    if (total + output.length > c.breakLength) return false;
    for (let i = 0; i < output.length; i++) total += output[i].length;
    return total <= c.breakLength && (base === '' || !includes(base, '\n'));
  }

  return { inspect, quoted };
}
