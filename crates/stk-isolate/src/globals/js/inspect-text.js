// The words of inspect: strings in quotes, numbers, keys, and lists laid out in columns.
export default function (native, load, uncurry) {
  const { is } = Object;
  const { sqrt, max, min, round, floor } = Math;
  const codeUnit = uncurry(String.prototype.charCodeAt);
  const includes = uncurry(String.prototype.includes);
  const repeat = uncurry(String.prototype.repeat);
  const padStart = uncurry(String.prototype.padStart);
  const padEnd = uncurry(String.prototype.padEnd);
  const slice = uncurry(String.prototype.slice);
  const split = uncurry(String.prototype.split);
  const toString = uncurry(Number.prototype.toString);
  const upper = uncurry(String.prototype.toUpperCase);
  const symbolText = uncurry(Symbol.prototype.toString);
  const join = uncurry(Array.prototype.join);
  const test = uncurry(RegExp.prototype.test);
  const identifier = /^[a-zA-Z_][a-zA-Z_0-9]*$/;
  const named = { 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r', 92: '\\\\' };

  // `quote` is the code unit of the quote to escape; 0 for none.
  function escaped(string, quote) {
    let out = '';
    let from = 0;
    for (let i = 0; i < string.length; i++) {
      const unit = codeUnit(string, i);
      let text;
      if (unit === quote) text = `\\${string[i]}`;
      else if (unit === 92 || unit < 32) text = named[unit] ?? hex(unit);
      else if (unit >= 127 && unit < 160) text = hex(unit);
      else if (unit >= 0xd800 && unit <= 0xdfff) {
        const next = unit < 0xdc00 && i + 1 < string.length ? codeUnit(string, i + 1) : 0;
        if (next >= 0xdc00 && next <= 0xdfff) {
          i++;
          continue;
        }
        text = `\\u${toString(unit, 16)}`;
      } else continue;
      out += slice(string, from, i) + text;
      from = i + 1;
    }
    return out + slice(string, from);
  }

  const hex = (unit) => `\\x${unit < 16 ? '0' : ''}${upper(toString(unit, 16))}`;

  // Single quotes, unless others save an escape.
  function quoted(string) {
    let quote = "'";
    if (includes(string, "'")) {
      if (!includes(string, '"')) quote = '"';
      else if (!includes(string, '`') && !includes(string, '${')) quote = '`';
    }
    return quote + escaped(string, quote === "'" ? 39 : 0) + quote;
  }

  function primitive(c, value) {
    switch (typeof value) {
      case 'string': return string(c, value);
      case 'number': return number(c, value);
      case 'bigint': return `${c.numericSeparator ? separated(`${value}`) : value}n`;
      case 'symbol': return symbolText(value);
      default: return `${value}`;
    }
  }

  function string(c, value) {
    let rest = '';
    if (value.length > c.maxStringLength) {
      const more = value.length - c.maxStringLength;
      value = slice(value, 0, c.maxStringLength);
      rest = `... ${more} more character${more > 1 ? 's' : ''}`;
    }
    if (c.compact === true || value.length <= 16 || value.length <= c.breakLength - c.indent - 4 || !includes(value, '\n')) {
      return quoted(value) + rest;
    }
    const parts = split(value, '\n');
    const out = [];
    for (let i = 0; i < parts.length; i++) {
      const last = i === parts.length - 1;
      if (!last || parts[i] !== '') out[i] = quoted(last ? parts[i] : `${parts[i]}\n`);
    }
    return join(out, ` +\n${repeat(' ', c.indent + 2)}`) + rest;
  }

  function number(c, value) {
    if (is(value, -0)) return '-0';
    const text = `${value}`;
    if (!c.numericSeparator || includes(text, 'e') || value !== value || value === Infinity || value === -Infinity) return text;
    const parts = split(text, '.');
    if (parts.length === 1) return separated(text);
    let fraction = '';
    for (let i = 0; i < parts[1].length; i += 3) fraction += (i === 0 ? '' : '_') + slice(parts[1], i, i + 3);
    return `${separated(parts[0])}.${fraction}`;
  }

  function separated(digits) {
    const start = digits[0] === '-' ? 1 : 0;
    let out = '';
    let at = digits.length;
    for (; at >= start + 4; at -= 3) out = `_${slice(digits, at - 3, at)}${out}`;
    return slice(digits, 0, at) + out;
  }

  function key(name, enumerable) {
    if (typeof name === 'symbol') return `[${escaped(symbolText(name), 39)}]`;
    if (name === '__proto__') return "['__proto__']";
    if (enumerable === false) return `[${escaped(name, 39)}]`;
    return test(identifier, name) ? name : quoted(name);
  }

  function lines(indent, output) {
    const pad = `\n${repeat(' ', indent)}`;
    return `${pad}  ${join(output, `,${pad}  `)}${pad}`;
  }

  // More than six elements of similar width stand in columns, numbers to the right.
  function group(c, output, value) {
    const more = output.length > c.maxArrayLength; // the last is then "... n more items"
    const count = more ? output.length - 1 : output.length;
    const widths = [];
    let total = 0;
    let widest = 0;
    for (let i = 0; i < count; i++) {
      widths[i] = native.width(output[i]);
      total += widths[i] + 2;
      widest = max(widest, widths[i]);
    }
    const cell = widest + 2;
    if (!(cell * 3 + c.indent < c.breakLength && (total / cell > 5 || widest <= 6))) return output;
    const biased = max(cell - 3 - sqrt(cell - total / output.length), 1);
    const columns = min(
      round(sqrt(2.5 * biased * count) / biased), floor((c.breakLength - c.indent) / cell), c.compact * 4, 15,
    );
    if (columns <= 1) return output;
    const column = [];
    for (let i = 0; i < columns; i++) {
      column[i] = 2;
      for (let j = i; j < count; j += columns) column[i] = max(column[i], widths[j] + 2);
    }
    const pad = numeric(output, value) ? padStart : padEnd;
    const out = [];
    for (let i = 0; i < count; i += columns) out[out.length] = row(output, widths, column, pad, i, min(i + columns, count));
    if (more) out[out.length] = output[count];
    return out;
  }

  function numeric(output, value) {
    if (value === undefined) return true;
    for (let i = 0; i < output.length; i++) if (typeof value[i] !== 'number' && typeof value[i] !== 'bigint') return false;
    return true;
  }

  function row(output, widths, column, pad, from, to) {
    let text = '';
    for (let i = from; i < to; i++) {
      const last = i === to - 1;
      const width = column[i - from] + output[i].length - widths[i];
      if (!last) text += pad(`${output[i]}, `, width, ' ');
      else text += pad === padStart ? padStart(output[i], width - 2, ' ') : output[i];
    }
    return text;
  }

  return { quoted, primitive, number, key, lines, group };
}
