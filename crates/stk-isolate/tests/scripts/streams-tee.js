const s = new ReadableStream({ start(c) { c.enqueue({ x: 1 }); c.enqueue(2); c.close(); } }); const [a, b] = s.tee(); console.log(s.locked);
const ra = a.getReader(); const x = await ra.read(); const all = []; for await (const v of b) all.push(v); console.log(all, x.value === all[0], await ra.read(), await ra.read());
let why; const [c, d] = new ReadableStream({ cancel(r) { why = r; } }).tee(); const pc = c.cancel('one'); let settled = false; pc.then(() => { settled = true; }); await 0; console.log(settled, why); await d.cancel('two'); await pc; console.log(why);
const [e, f] = new ReadableStream({ start(k) { k.error(new Error('t')); } }).tee(); for (const br of [e, f]) { try { await br.getReader().read(); } catch (err) { console.log(err.message); } }
