// console.table: an array, object, Map or Set as a box of columns.
export default function (native, load, uncurry) {
  const { inspect } = load('inspect');
  const { keys } = Object;
  const { isArray } = Array;
  const repeat = uncurry(String.prototype.repeat);
  const hasOwn = uncurry(Object.prototype.hasOwnProperty);
  const join = uncurry(Array.prototype.join);

  function cell(value) {
    const deep = value !== null && typeof value === 'object' && !isArray(value) && keys(value).length > 2;
    return inspect(value, { depth: deep ? -1 : 0, maxArrayLength: 3, breakLength: Infinity });
  }

  function table(data, columns) {
    if (columns !== undefined && !isArray(columns)) throw new TypeError('The "properties" argument must be an instance of Array.');
    if (data instanceof Map || data instanceof Set) return collection(data);
    const head = ['(index)'];
    const body = [[]];
    const at = { __proto__: null };
    const values = [];
    let primitives = false;
    const rows = keys(data);
    for (let i = 0; i < rows.length; i++) {
      body[0][i] = rows[i];
      const item = data[rows[i]];
      const primitive = item === null || (typeof item !== 'function' && typeof item !== 'object');
      if (columns === undefined && primitive) {
        primitives = true;
        values[i] = cell(item);
        continue;
      }
      const names = columns ?? keys(item);
      for (let k = 0; k < names.length; k++) {
        const name = `${names[k]}`;
        if (at[name] === undefined) {
          at[name] = head.length;
          head[head.length] = name;
          body[at[name]] = [];
        }
        body[at[name]][i] = primitive || !hasOwn(item, name) ? '' : cell(item[name]);
      }
    }
    if (primitives) {
      head[head.length] = 'Values';
      body[body.length] = values;
    }
    return draw(head, body, rows.length);
  }

  function collection(data) {
    const index = [];
    const names = [];
    const values = [];
    for (const item of data) {
      const at = index.length;
      index[at] = `${at}`;
      if (data instanceof Map) names[at] = cell(item[0]);
      values[at] = cell(data instanceof Map ? item[1] : item);
    }
    return data instanceof Map
      ? draw(['(iteration index)', 'Key', 'Values'], [index, names, values], index.length)
      : draw(['(iteration index)', 'Values'], [index, values], index.length);
  }

  function draw(head, body, count) {
    const widths = [];
    const rules = [];
    for (let i = 0; i < head.length; i++) {
      widths[i] = native.width(head[i]);
      for (let j = 0; j < count; j++) widths[i] = Math.max(widths[i], native.width(body[i][j] ?? ''));
      rules[i] = repeat('─', widths[i] + 2);
    }
    const row = (read) => {
      const cells = [];
      for (let i = 0; i < head.length; i++) cells[i] = read(i) + repeat(' ', widths[i] - native.width(read(i)));
      return `│ ${join(cells, ' │ ')} │\n`;
    };
    let out = `┌${join(rules, '┬')}┐\n${row((i) => head[i])}├${join(rules, '┼')}┤\n`;
    for (let j = 0; j < count; j++) out += row((i) => body[i][j] ?? '');
    return `${out}└${join(rules, '┴')}┘`;
  }

  return { table };
}
