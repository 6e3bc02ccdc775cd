// An error's text: name, message and frames. QuickJS keeps no header in `stack`, so it is put before the frames here.
export default function (native, load, uncurry) {
  const { isArray } = Array;
  const { has } = Reflect;
  const includes = uncurry(String.prototype.includes);
  const startsWith = uncurry(String.prototype.startsWith);
  const endsWith = uncurry(String.prototype.endsWith);
  const slice = uncurry(String.prototype.slice);
  const stringIndexOf = uncurry(String.prototype.indexOf);
  const replaceAll = uncurry(String.prototype.replaceAll);
  const repeat = uncurry(String.prototype.repeat);
  const split = uncurry(String.prototype.split);
  const trimEnd = uncurry(String.prototype.trimEnd);
  const errorText = uncurry(Error.prototype.toString);
  const exec = uncurry(RegExp.prototype.exec);
  const indexOf = uncurry(Array.prototype.indexOf);
  const splice = uncurry(Array.prototype.splice);
  const join = uncurry(Array.prototype.join);

  // `keys` is changed: what the text shows is taken out, what it should show besides is put in.
  function describeError(c, error, constructor, tag, keys, prefix) {
    const name = error.name === null || error.name === undefined ? 'Error' : `${error.name}`;
    let text = stackText(error);
    hideShown(c, error, keys, text);
    if (has(error, 'cause') && indexOf(keys, 'cause') === -1) keys[keys.length] = 'cause';
    if (isArray(error.errors) && indexOf(keys, 'errors') === -1) keys[keys.length] = 'errors';
    text = improve(text, constructor, name, tag, prefix);
    const { message } = error;
    const at = (message && stringIndexOf(text, message)) || -1;
    const frames = stringIndexOf(text, '\n    at', at === -1 ? 0 : at + message.length);
    if (frames === -1) text = `[${text}]`;
    else text = slice(text, 0, frames + 1) + withoutShared(slice(text, frames + 1), error.cause);
    if (c.indent !== 0) text = replaceAll(text, '\n', `\n${repeat(' ', c.indent)}`);
    return text;
  }

  function stackText(error) {
    const { stack } = error;
    if (!stack) return errorText(error);
    const frames = trimEnd(`${stack}`);
    if (!startsWith(frames, '    at ')) return frames;
    return `${header(error)}\n${frames}`;
  }

  function header(error) {
    const title = error.name === undefined ? 'Error' : `${error.name}`;
    const message = error.message === undefined ? '' : `${error.message}`;
    if (title === '') return message;
    return message === '' ? title : `${title}: ${message}`;
  }

  // Frames that the cause has as well are not repeated.
  function withoutShared(frames, cause) {
    if (typeof cause !== 'object' || cause === null || !(cause instanceof Error)) return frames;
    const a = split(frames, '\n');
    const b = split(stackText(cause), '\n');
    for (let i = 0; i < a.length - 3; i++) {
      const at = indexOf(b, a[i]);
      if (at === -1) continue;
      let length = 1;
      while (i + length < a.length && at + length < b.length && a[i + length] === b[at + length]) length++;
      if (length > 3) {
        splice(a, i + 1, length - 2, `    ... ${length - 2} lines matching cause stack trace ...`);
        return join(a, '\n');
      }
    }
    return frames;
  }

  function hideShown(c, error, keys, text) {
    if (c.showHidden) return;
    const names = ['name', 'message', 'stack'];
    for (let i = 0; i < names.length; i++) {
      const at = indexOf(keys, names[i]);
      if (at !== -1 && includes(text, `${error[names[i]]}`)) splice(keys, at, 1);
    }
  }

  // Names the class where the text names only what it inherits from.
  function improve(text, constructor, name, tag, prefix) {
    let { length } = name;
    const regular = endsWith(name, 'Error') && startsWith(text, name)
      && (text.length === length || text[length] === ':' || text[length] === '\n');
    if (constructor !== null && !regular) return text;
    let fallback = 'Error';
    if (constructor === null) {
      const start = exec(/^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n {4}at)/, text) ?? exec(/^([a-z_A-Z0-9-]*Error)$/, text);
      fallback = start?.[1] ?? '';
      length = fallback.length;
      fallback ||= 'Error';
    }
    const title = slice(prefix(constructor, tag, fallback), 0, -1);
    if (name === title) return text;
    if (includes(title, name)) return length === 0 ? `${title}: ${text}` : `${title}${slice(text, length)}`;
    return `${title} [${name}]${slice(text, length)}`;
  }

  return { describeError };
}
