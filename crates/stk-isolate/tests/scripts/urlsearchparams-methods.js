const p = new URLSearchParams('a=1&b=2&a=3&c=');
console.log(p.get('a'), p.get('x'), p.getAll('a'), p.getAll('x'), p.has('b'), p.has('x'), p.has('a', '3'), p.has('a', '4'), p.size);
p.set('a', 'new'); console.log(p.toString()); p.set('z', 'last'); p.append('b', 'é ü+&=#%'); console.log(p.toString());
p.delete('b', '2'); console.log(p.toString()); p.delete('nothing'); p.delete('a'); console.log(p.toString(), p.size);
for (const m of ['get', 'getAll', 'has', 'delete', 'append', 'set', 'forEach']) { try { p[m](); } catch (e) { console.log(m, e.name); } }
try { p.append('only'); } catch (e) { console.log(e.name); }
