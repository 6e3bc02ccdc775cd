const s = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1, 2])); c.close(); } }); const r = s.getReader(); console.log(await r.read(), await r.read());
for (const bad of ['x', 5]) { let c2; new ReadableStream({ type: 'bytes', start(c) { c2 = c; } }); try { c2.enqueue(bad); } catch (e) { console.log(e.name); } }
try { new ReadableStream({ type: 'nope' }); } catch (e) { console.log(e.name); } try { new ReadableStream({ start: 5 }); } catch (e) { console.log(e.name); } try { new ReadableStream(null); } catch (e) { console.log(e.name); }
