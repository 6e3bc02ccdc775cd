const k = new AbortController(); const r = new Request('http://a', { signal: k.signal }); console.log(r.signal === k.signal, r.signal.aborted);
r.signal.addEventListener('abort', () => console.log('fired', r.signal.reason)); k.abort('why'); console.log(r.signal.aborted, r.signal.reason);
const q = new Request('http://a', { signal: AbortSignal.abort(7) }); console.log(q.signal.aborted, q.signal.reason, new Request(q).signal.reason, q.clone().signal.aborted);
