console.log(new Map(), new Set(), new Map([[1, 2], ['a', { b: 1 }]]), new Set([1, 'a', [1]]));
console.log(new Map([[{ k: 1 }, new Map([[1, new Map([[2, new Map()]])]])]]));
console.log(new WeakMap(), new WeakSet(), Object.assign(new Map([[1, 1]]), { x: 1 }));
console.log(new Set(Array.from({ length: 110 }, (_, i) => i)));
class M extends Map {}
class S extends Set { get [Symbol.toStringTag]() { return 'Odd'; } }
console.log(new M([[1, 2]]), new S([1]), new M());
