const h = new Headers({ c: '3', a: '1', B: '2' });
h.forEach(function (v, k, o) { console.log(v, k, o === h, this && this.t); }, { t: 1 });
for (const [k, v] of h) console.log(k, v);
console.log(Object.prototype.toString.call(h), Object.prototype.toString.call(h.entries()), h.entries === h[Symbol.iterator], Object.fromEntries(h));
try { h.forEach(); } catch (e) { console.log(e.name); }
