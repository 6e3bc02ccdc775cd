const deep = { l1: { l2: { l3: { l4: {} } } } };
console.log(deep, [deep], [[[[1]]]], new Map([[1, deep]]));
console.log({ a: { b: { c: [], d: {}, e: [1], f: new Map(), g: new Date(0), h: /x/, i: new Error('x').message } } });
class Foo { constructor() { this.a = { b: {} }; } }
console.log({ a: { b: { c: new Foo() } } }, { a: { b: { c: Object.create(null) } } });
