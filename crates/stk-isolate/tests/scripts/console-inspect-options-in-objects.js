const long = { first: 'a'.repeat(40), second: ['b'.repeat(40), { third: 'c'.repeat(30), fourth: [1, 2, 3, [4, 5, [6, [7]]]] }] };
console.log(long); console.log([long, long]); console.log(new Map([['key', long]])); console.log({ f: Object.assign(() => {}, { meta: { a: [1, 2, { b: 3 }] } }) });
console.log({ a: [[], {}, new Map(), new Set(), '', 0, null, undefined] }, [[[]], [{}], [[{}]]]);
