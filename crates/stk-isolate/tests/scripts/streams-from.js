const collect = async (s) => { const out = []; for await (const x of s) out.push(x); return out; };
console.log(await collect(ReadableStream.from([1, 2])), await collect(ReadableStream.from((async function* () { yield 'a'; yield 'b'; })())), await collect(ReadableStream.from('xyz')), await collect(ReadableStream.from([Promise.resolve(5)])));
let returned = false; const s = ReadableStream.from({ [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 1, done: false }), return: async () => { returned = true; return {}; } }) }); await s.cancel(); console.log(returned);
for (const bad of [5, null, {}, undefined]) { try { ReadableStream.from(bad); console.log('fine'); } catch (e) { console.log(e.name); } }
