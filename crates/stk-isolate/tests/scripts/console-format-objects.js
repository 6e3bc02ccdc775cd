class P { toString() { return 'P!'; } }
class Q {}
console.log('%s %s', new P(), new Q());
console.log('%s', new Error('err').message, String(new Date(0)).length > 0);
console.log('%s', Object.create(null));
console.log('%s', { toString() { return 'own'; } });
console.log('%s', { [Symbol.toPrimitive]() { return 'prim'; } });
console.log('%s', [1, 'a', { b: 2 }]);
const circular = {}; circular.c = circular;
console.log('%j', circular);
