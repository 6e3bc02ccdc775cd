console.log([...new Headers()], [...new Headers({ B: '2', a: 1 })], [...new Headers([['x', 'y'], ['X', 'z']])], [...new Headers(new Headers({ q: 'r' }))]);
console.log([...new Headers(new Map([['m', 'n']]))], [...new Headers({ 'set-cookie': 'a=1' })]);
for (const bad of [null, 5, 'x', [['a']], [['a', 'b', 'c']], [1], { 'bad name': 'x' }, { a: 'x\ny' }, { 'é': 'x' }, { a: '\u0100' }, { [Symbol('s')]: 'x' }]) { try { console.log([...new Headers(bad)]); } catch (e) { console.log(e.name); } }
