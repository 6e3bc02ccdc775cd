const p = new URLSearchParams('a=1&b=2&c=3');
console.log([...p.keys()], [...p.values()], [...p.entries()], p[Symbol.iterator] === p.entries);
p.forEach(function (v, k, o) { console.log(k, v, o === p, this.t); }, { t: 1 });
const it = p.entries(); console.log(it.next(), Object.prototype.toString.call(it), it[Symbol.iterator]() === it); p.append('d', '4'); console.log([...it], it.next());
for (const [k] of p) { console.log(k); p.delete(k); }
console.log(p.toString()); try { p.forEach(); } catch (e) { console.log(e.name); }
