const s = new ReadableStream({ start(c) { c.enqueue(1); c.error(new Error('bad')); } }); const r = s.getReader(); try { await r.read(); } catch (e) { console.log(e.message); } try { await r.closed; } catch (e) { console.log('closed', e.message); }
const p = new ReadableStream({ pull() { throw new TypeError('pull threw'); } }); try { await p.getReader().read(); } catch (e) { console.log(e.name, e.message); }
const q = new ReadableStream({ async pull() { throw 'async'; } }); try { await q.getReader().read(); } catch (e) { console.log(e); }
try { new ReadableStream({ start() { throw new RangeError('start'); } }); } catch (e) { console.log(e.name); }
let c2; new ReadableStream({ start(c) { c2 = c; } }); c2.close(); for (const f of [() => c2.close(), () => c2.enqueue(1), () => c2.error(1)]) { try { f(); console.log('no error'); } catch (e) { console.log(e.name); } } console.log(c2.desiredSize);
