class A { constructor() { this.x = 1; } }
class B extends A { #p = 1; y = 2; get z() { return 3; } static s = 1; }
console.log(new A(), new B(), A, B, [A, B], { A });
console.log(class extends A {}, class extends null {}, Object.assign(class Q {}, { a: 1 }));
class Empty {}
console.log(new Empty(), [new Empty()], Object.create(Empty.prototype), Empty.prototype);
class Tagged { get [Symbol.toStringTag]() { return 'Tag'; } }
console.log(new Tagged(), { [Symbol.toStringTag]: 'Own' });
function Old() { this.a = 1; }
console.log(new Old(), Old, new (class extends Old {})());
