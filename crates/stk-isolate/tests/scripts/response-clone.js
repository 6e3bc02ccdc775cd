const r = new Response('body', { status: 202, headers: { a: '1' } }); const c = r.clone(); console.log(c.status, c.headers.get('a'), await c.text(), await r.text(), c.bodyUsed);
const s = new Response(new ReadableStream({ start(k) { k.enqueue(new Uint8Array([1])); k.enqueue(new Uint8Array([2])); k.close(); } })); const t = s.clone(); console.log(new Uint8Array(await s.arrayBuffer()), new Uint8Array(await t.arrayBuffer()));
const n = new Response(null); console.log(n.clone().body); const u = new Response('x'); await u.text(); try { u.clone(); } catch (e) { console.log(e.name); }
