console.log((function* () {})(), (async function* () {})());
console.log(new Proxy({ a: 1 }, {}), new Proxy([1, 2], {}), new Proxy(function f() {}, {}), [new Proxy({}, { get() { throw new Error('trap'); } })]);
console.log(new WeakRef({ a: 1 }) instanceof WeakRef);
console.log(Object.create({}), Object.create(Object.create(null)), Object.create(class X {}.prototype));
console.log([function () {}, class {}, Symbol()]);
