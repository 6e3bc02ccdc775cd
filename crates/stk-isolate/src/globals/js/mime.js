// Media types and header syntax, as far as fetch needs them.
export default function (native, load, uncurry) {
  const test = uncurry(RegExp.prototype.test);
  const exec = uncurry(RegExp.prototype.exec);
  const lower = uncurry(String.prototype.toLowerCase);
  const trim = uncurry(String.prototype.trim);
  const split = uncurry(String.prototype.split);
  const replace = uncurry(String.prototype.replace);
  const token = /^[!#$%&'*+\-.^_`|~A-Za-z0-9]+$/;
  const isToken = (string) => test(token, string);

  // `type/subtype` in lower case; undefined for what is none.
  function essence(type) {
    const found = exec(/^[\t\n\r ]*([^/;\s]+)\/([^;\s]+)[\t\n\r ]*(?:;|$)/, type);
    if (found === null || !isToken(found[1]) || !isToken(found[2])) return undefined;
    return `${lower(found[1])}/${lower(found[2])}`;
  }

  // The type as a Blob shows it: names in lower case, parameters without space around them.
  function serialized(type) {
    const kind = essence(type);
    if (kind === undefined) return '';
    const parts = split(type, ';');
    let out = kind;
    for (let i = 1; i < parts.length; i++) {
      const pair = exec(/^\s*([^=\s]+)=\s*(.*?)\s*$/, parts[i]);
      if (pair === null || !isToken(pair[1])) continue;
      const value = trim(replace(pair[2], /^"(.*)"$/, '$1'));
      if (value === '') continue;
      out += `;${lower(pair[1])}=${isToken(value) ? value : `"${value}"`}`;
    }
    return out;
  }

  return { isToken, essence, serialized };
}
