const p = new URLSearchParams('a=1&b=2'); const e = new TextEncoder(); const t = new EventTarget(); structuredClone({ a: [1] });
const kept = [[Array.prototype, 'push'], [Array.prototype, 'join'], [String.prototype, 'slice'], [String.prototype, 'toLowerCase'], [Map.prototype, 'get'], [Object.prototype, 'hasOwnProperty'], [RegExp.prototype, 'test']].map(([o, k]) => [o, k, o[k]]);
for (const [o, k] of kept) o[k] = () => { throw new Error('tampered ' + k); };
let out; try { out = [p.get('b'), p.toString(), e.encode('é').length, structuredClone(new Map([[1, { b: 2 }]])).size, new URL('../x', 'http://a/b/c').href, atob(btoa('x'))]; t.addEventListener('z', () => { out[out.length] = 'heard'; }); t.dispatchEvent(new Event('z')); } catch (x) { out = x.message; } finally { for (const [o, k, v] of kept) o[k] = v; }
console.log(out);
