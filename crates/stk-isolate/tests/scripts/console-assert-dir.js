console.assert(true, 'no'); console.assert(false, 'yes'); console.assert(false); console.assert(0, { a: 1 }, 2); console.assert(false, 'fmt %s', 'x');
console.dir({ a: { b: { c: { d: 1 } } } }); console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 }); console.dir({ a: { b: { c: { d: 1 } } } }, { depth: null });
console.dirxml({ a: 1 }, [2]);
console.log(typeof console.time, typeof console.trace, Object.prototype.toString.call(console));
