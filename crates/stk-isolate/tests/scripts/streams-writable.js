const log = []; const w = new WritableStream({ start() { log.push('start'); }, async write(x) { log.push('w' + x); await 0; log.push('W' + x); }, close() { log.push('close'); } }); const wr = w.getWriter();
console.log(w.locked, wr.desiredSize); const p1 = wr.write(1); console.log(wr.desiredSize); wr.write(2); await p1; await wr.close(); await wr.closed; console.log(log.join(' '));
for (const f of [() => wr.write(3), () => wr.close(), () => wr.abort()]) { try { await f(); console.log('fine'); } catch (e) { console.log(e instanceof Error); } }
try { w.getWriter(); } catch (e) { console.log(e.name); } wr.releaseLock(); console.log(w.locked); try { wr.desiredSize; } catch (e) { console.log(e.name); }
