const custom = Symbol.for('nodejs.util.inspect.custom');
console.log({ [custom]() { return 'CUSTOM'; } }, [{ [custom]: () => ({ replaced: true }) }]);
class Money { constructor(v) { this.v = v; } [custom](depth, options, inspect) { return `Money<${inspect(this.v, options)}> ${depth}`; } }
console.log(new Money(5), { m: new Money({ a: 1 }) }, { a: { b: { c: new Money(1) } } });
console.log({ [custom]() { return 'two\nlines'; } }, { x: { [custom]() { return 'two\nlines'; } } });
console.log({ [custom]: 5 }, { inspect() { return 'no'; } });
