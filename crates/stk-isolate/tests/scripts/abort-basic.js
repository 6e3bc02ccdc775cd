const c = new AbortController(); console.log(c.signal.aborted, c.signal.reason, c.signal === c.signal);
c.signal.onabort = (e) => console.log('on', e.type, e.isTrusted, e.target === c.signal); c.signal.addEventListener('abort', () => console.log('listener'), { once: true });
c.abort(); c.abort('second'); console.log(c.signal.aborted, c.signal.reason.name, c.signal.reason.code, c.signal.reason.message, c.signal.reason instanceof DOMException, c.signal.reason instanceof Error);
try { c.signal.throwIfAborted(); } catch (e) { console.log(e.name, e === c.signal.reason); } new AbortController().signal.throwIfAborted();
const d = new AbortController(); d.abort(null); console.log(d.signal.reason); const e = new AbortController(); e.abort({ own: 1 }); console.log(e.signal.reason);
