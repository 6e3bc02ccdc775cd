class MyError extends Error {}
class Named extends Error { constructor(m) { super(m); this.name = 'Named'; } }
class ProtoNamed extends Error { get name() { return 'ProtoNamed'; } }
console.log(new MyError('one'));
console.log(new ProtoNamed('two'));
console.log(new MyError('with\nlines'));
console.log(Object.assign(new MyError('x'), { details: { a: 1 } }));
const noStack = new Error('no stack'); noStack.stack = '';
console.log(noStack);
const text = new Error('t'); text.stack = 'custom stack text';
console.log(text);
const renamed = new Error('r'); renamed.name = 'Renamed';
console.log(renamed);
