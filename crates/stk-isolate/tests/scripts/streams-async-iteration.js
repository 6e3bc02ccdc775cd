const make = () => new ReadableStream({ start(c) { for (let i = 0; i < 4; i++) c.enqueue(i); c.close(); }, cancel(r) { console.log('cancelled', r); } });
const all = []; for await (const x of make()) all.push(x); console.log(all);
const a = make(); for await (const x of a) { if (x === 1) break; } console.log(a.locked);
let n = 0; const endless = new ReadableStream({ pull(c) { c.enqueue(n++); }, cancel(r) { console.log('cancel', r); } }); for await (const x of endless) if (x === 2) break; console.log(endless.locked);
const keep = new ReadableStream({ pull(c) { c.enqueue(1); }, cancel() { console.log('must not'); } }); for await (const x of keep.values({ preventCancel: true })) break; console.log(keep.locked, (await keep.getReader().read()).value);
try { for await (const x of new ReadableStream({ start(c) { c.error(new Error('it')); } })) console.log(x); } catch (e) { console.log(e.message); }
const it = make()[Symbol.asyncIterator](); const show = ({ value, done }) => `${value} ${done}`; console.log(show(await it.next()), show(await it.return('r')), show(await it.next()), typeof it[Symbol.asyncIterator]);
