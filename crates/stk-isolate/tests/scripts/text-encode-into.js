const e = new TextEncoder();
for (const [s, n] of [['abc', 5], ['abc', 2], ['é日😀', 9], ['é日😀', 8], ['é日😀', 4], ['é', 1], ['', 3], ['\ud800', 3], ['a\ud800', 3]]) { const d = new Uint8Array(n); console.log(e.encodeInto(s, d), d); }
for (const bad of [[1, new Uint8Array(1)], ['a', []], ['a', new Uint16Array(2)], ['a']]) { try { e.encodeInto(...bad); } catch (x) { console.log(x.name); } }
const view = new Uint8Array(new ArrayBuffer(6), 2, 3); console.log(e.encodeInto('xyzw', view), new Uint8Array(view.buffer));
