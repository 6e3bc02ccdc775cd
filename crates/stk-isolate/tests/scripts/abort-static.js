const a = AbortSignal.abort(); console.log(a.aborted, a.reason.name); console.log(AbortSignal.abort(0).reason, AbortSignal.abort(undefined).reason.name);
for (const f of [() => new AbortSignal(), () => AbortSignal.timeout(), () => AbortSignal.timeout(-1), () => AbortSignal.timeout('x'), () => AbortSignal.any(), () => AbortSignal.any([1]), () => AbortSignal.any(5)]) { try { f(); console.log('fine'); } catch (x) { console.log(x.name); } }
console.log(a instanceof EventTarget, Object.prototype.toString.call(a), Object.prototype.toString.call(new AbortController()), a.onabort);
