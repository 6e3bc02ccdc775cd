const chunks = ['a', 'bé', 'c']; const s = new ReadableStream({ start(c) { for (const x of chunks) c.enqueue(new TextEncoder().encode(x)); c.close(); } });
const r = new Response(s); console.log(r.headers.get('content-type'), r.body === s, await r.text(), s.locked);
const bad = new Response(new ReadableStream({ start(c) { c.enqueue('string'); c.close(); } })); try { await bad.text(); } catch (e) { console.log(e.name); }
const err = new Response(new ReadableStream({ start(c) { c.error(new RangeError('boom')); } })); try { await err.text(); } catch (e) { console.log(e.name, e.message); }
try { const locked = new ReadableStream(); locked.getReader(); new Response(locked); } catch (e) { console.log(e.name); }
let out = ''; for await (const c of new Response('iterate').body) out += new TextDecoder().decode(c); console.log(out);
