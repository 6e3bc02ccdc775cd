console.log(new Headers({ a: '1', 'X-Long-Name': 'value' }), { h: new Headers([['a', '1']]) }, [new Headers()]);
console.log(Object.getOwnPropertyNames(Headers.prototype).sort().join(), Headers.name, Headers.length);
