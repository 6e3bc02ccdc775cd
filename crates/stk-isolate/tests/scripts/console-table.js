console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]);
console.table([[1, 2], [3, 4]]);
console.table({ r1: { c1: 1 }, r2: { c1: 2, c2: [1, 2] } });
console.table([1, 'two', { three: 3 }]);
console.table(new Map([['k', { a: 1 }], ['j', 2]]));
console.table(new Set([1, 'x']));
console.table([{ a: 1, b: 2 }], ['b']);
console.table('text'); console.table(5); console.table(null); console.table([]);
console.table([{ a: { b: { c: 1 } } }, { a: { x: 1, y: 2, z: 3 } }]);
