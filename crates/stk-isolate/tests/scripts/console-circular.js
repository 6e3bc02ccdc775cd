const a = { name: 'a' }; a.self = a; a.list = [a, { a }];
console.log(a);
const m = new Map(); m.set('m', m); m.set(m, 1);
console.log(m);
const x = {}; const y = { x }; x.y = y;
console.log({ x, y });
const arr = [1]; arr.push(arr, [arr]);
console.log(arr);
