for (const init of ['', '?a=1', 'a=1&a=2&b', '&&a&&=&=x&', 'a=b=c', '%zz=%41%C3%A9', 'a+b=c+d', '??x', '#x']) console.log(JSON.stringify(init), JSON.stringify([...new URLSearchParams(init)]));
console.log([...new URLSearchParams({ a: 1, b: [1, 2], c: undefined, d: null })], [...new URLSearchParams([['a', 1], ['a', 2]])], [...new URLSearchParams(new Map([['k', 'v']]))]);
console.log([...new URLSearchParams(new URLSearchParams('x=1'))], new URLSearchParams(undefined).toString(), new URLSearchParams(null).toString(), new URLSearchParams(5).toString(), new URLSearchParams(true).toString());
