let reason; const s = new ReadableStream({ cancel(r) { reason = r; return 'ignored'; } }); console.log(await s.cancel('why'), reason); const r = s.getReader(); console.log(await r.read());
const l = new ReadableStream({}); l.getReader(); try { await l.cancel(); } catch (e) { console.log(e.name); }
const t = new ReadableStream({ cancel() { throw new Error('cancel failed'); } }); try { await t.cancel(); } catch (e) { console.log(e.message); }
const rd = new ReadableStream({ start(c) { c.enqueue(1); } }).getReader(); const pending = [rd.read(), rd.read()]; await rd.cancel(); console.log(await Promise.all(pending));
const er = new ReadableStream({ start(c) { c.error(5); } }); try { await er.cancel(); } catch (e) { console.log(e); }
