const r = new Request('http://a/', { method: 'POST', body: 'text', headers: { a: '1' } }); const c = r.clone();
console.log(c.method, c.headers.get('a'), c !== r, c.headers !== r.headers, await r.text(), await c.text());
try { r.clone(); } catch (e) { console.log(e.name); } try { await r.text(); } catch (e) { console.log(e.name); }
c.headers.set('a', '2'); console.log(r.headers.get('a'));
