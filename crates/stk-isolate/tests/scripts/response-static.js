const e = Response.error(); console.log(e.type, e.status, e.ok, e.body, [...e.headers]); try { e.headers.set('a', 'b'); } catch (x) { console.log(x.name); }
const j = Response.json({ a: [1, null] }, { status: 201, headers: { x: 'y' } }); console.log(j.status, [...j.headers], await j.json());
console.log(Response.json('s', { headers: { 'content-type': 'own' } }).headers.get('content-type'), await Response.json(null).text());
for (const bad of [undefined, () => {}, Symbol('x'), 1n]) { try { Response.json(bad); } catch (x) { console.log(x.name); } }
const r = Response.redirect('http://a/b c', 301); console.log(r.status, r.headers.get('location'), r.type, Response.redirect('http://x').status);
for (const [u, s] of [['http://a', 200], ['nope', 302], ['http://a', 304]]) { try { Response.redirect(u, s); } catch (x) { console.log(x.name); } }
