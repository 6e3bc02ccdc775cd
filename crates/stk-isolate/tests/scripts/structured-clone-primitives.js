for (const v of [1, -0, NaN, 'x', true, null, undefined, 10n]) console.log(structuredClone(v), Object.is(structuredClone(v), v));
for (const v of [Symbol('x'), () => {}, function f() {}, class {}]) { try { structuredClone(v); } catch (e) { console.log(e.name, e.code, e instanceof DOMException); } } try { structuredClone(); } catch (e) { console.log(e.name); }
console.log(structuredClone(new Number(1)), structuredClone(new String('s')), structuredClone(new Boolean(false)), structuredClone(Object(1n)));
