const s = new ReadableStream({ pull(c) {} }); const r = s.getReader(); const p = r.read(); r.releaseLock(); try { await p; } catch (e) { console.log(e.name); } try { await r.closed; } catch (e) { console.log(e.name); } console.log(s.locked);
const r2 = s.getReader(); try { new ReadableStreamDefaultReader(s); } catch (e) { console.log(e.name); } try { new ReadableStreamDefaultReader({}); } catch (e) { console.log(e.name); } try { new ReadableStreamDefaultController(); } catch (e) { console.log(e.name); }
try { await r.cancel(); } catch (e) { console.log(e.name); }
