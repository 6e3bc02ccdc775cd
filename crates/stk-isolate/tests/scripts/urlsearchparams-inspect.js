console.log(new URLSearchParams('a=1&b=x y'), [new URLSearchParams('q=1')], new URLSearchParams(), Object.prototype.toString.call(new URLSearchParams()));
console.log(new URLSearchParams('a=1').keys(), new URLSearchParams('a=1&b=2').values(), `${new URLSearchParams({ x: 'y z' })}`);
console.log(Object.getOwnPropertyNames(URLSearchParams.prototype).sort().join());
