const e = new Error('plain');
console.log(String(e), [e].length);
console.log(new Error('message'));
console.log(new TypeError('typed'), new RangeError(''));
console.log({ nested: new Error('inside') });
console.log(Object.assign(new Error('props'), { code: 'E_CODE', n: 1 }));
console.log(new Error('outer', { cause: new Error('inner') }));
console.log(new Error('outer', { cause: 'text' }));
console.log(new AggregateError([new Error('a'), new Error('b')], 'many'));
