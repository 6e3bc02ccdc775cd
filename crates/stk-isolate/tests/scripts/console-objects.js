console.log({}, { a: 1 }, { a: { b: { c: { d: 1 } } } });
console.log({ 'a-b': 1, 'c d': 2, 3: 4, $x: 5, _y: 6, 'é': 7, '': 8 });
console.log({ a: undefined, b: null, c: () => {}, d: function named() {}, e: class {}, f: class Foo {} });
console.log({ [Symbol('key')]: 1, [Symbol.for('x y')]: { z: 1 } });
console.log(Object.create(null), Object.assign(Object.create(null), { a: 1 }));
console.log({ get a() { return 1; }, set b(v) {}, get c() { return 1; }, set c(v) {} });
console.log({ __proto__: { a: 1 }, b: 2 }, { ['__proto__']: 1 });
