const got = []; await ReadableStream.from([1, 2, 3]).pipeTo(new WritableStream({ write(x) { got.push(x); }, close() { got.push('closed'); } })); console.log(got);
const w = new WritableStream({ close() { console.log('must not close'); } }); await ReadableStream.from([1]).pipeTo(w, { preventClose: true }); console.log(w.locked);
let why; const src = new ReadableStream({ pull(c) { c.enqueue(1); }, cancel(r) { why = r; } }); try { await src.pipeTo(new WritableStream({ write() { throw new Error('sink'); } })); } catch (e) { console.log(e.message, why === e); }
let ab; try { await new ReadableStream({ start(c) { c.error(new Error('source')); } }).pipeTo(new WritableStream({ abort(r) { ab = r; } })); } catch (e) { console.log(e.message, ab === e); }
const k = new AbortController(); const pr = new ReadableStream({ cancel(r) { console.log('cancel', r); } }).pipeTo(new WritableStream({ abort(r) { console.log('abort', r); } }), { signal: k.signal }); k.abort('stop'); try { await pr; } catch (e) { console.log(e); }
try { await new ReadableStream().pipeTo({}); } catch (e) { console.log(e.name); }
