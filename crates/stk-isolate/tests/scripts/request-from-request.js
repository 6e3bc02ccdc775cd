const a = new Request('http://a/', { method: 'POST', body: 'one', headers: { h: '1' } });
const b = new Request(a, { headers: { h: '2' } });
console.log(a.bodyUsed, b.method, b.headers.get('h'), await b.text());
try { new Request(a); } catch (e) { console.log(e.name); }
const c = new Request('http://c/', { headers: { x: 'y' } }); const d = new Request(c, { method: 'PUT', body: 'd' }); console.log(d.method, d.url, d.headers.get('x'), await d.text());
const e = new Request(new URL('http://url/')); console.log(e.url); console.log(new Request({ toString: () => 'http://obj/' }).url);
