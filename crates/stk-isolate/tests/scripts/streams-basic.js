const s = new ReadableStream({ start(c) { c.enqueue('a'); c.enqueue('b'); c.close(); } }); const r = s.getReader();
console.log(s.locked, await r.read(), await r.read(), await r.read(), await r.read()); await r.closed; console.log('closed'); r.releaseLock(); console.log(s.locked);
try { await r.read(); } catch (e) { console.log(e.name); } r.releaseLock();
try { s.getReader().constructor === ReadableStreamDefaultReader && console.log('same class'); s.getReader(); } catch (e) { console.log(e.name); }
