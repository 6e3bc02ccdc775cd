console.log(Array.from({ length: 27 }, (_, i) => 'x'.repeat(i % 5)));
console.log(Array.from({ length: 30 }, (_, i) => -i * 1.5));
console.log(Array.from({ length: 16 }, (_, i) => ({ i })));
console.log(Array.from({ length: 10 }, (_, i) => (i % 2 ? i : String(i))));
console.log(Array.from({ length: 8 }, (_, i) => BigInt(i) ** 10n));
console.log({ nested: { list: Array.from({ length: 40 }, (_, i) => i) } });
console.log([1, 2, 3, 4, 5, 6, 7, 'a very long text that is much longer than all others in this list of things']);
