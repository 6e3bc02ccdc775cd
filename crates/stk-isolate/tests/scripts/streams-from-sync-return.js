let returned = false;
const s = ReadableStream.from({ [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return: () => { returned = true; return {}; } }) });
await s.cancel();
console.log(returned);
