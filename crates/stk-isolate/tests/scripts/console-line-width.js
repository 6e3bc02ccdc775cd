console.log({ aaaaaaaaaaaaaaaa: 'bbbbbbbbbbbbbbbbbbbb', cccccccccccccc: 'dddddddddddddddd', e: 1 });
console.log({ aaaaaaaaaaaaaaaa: 'bbbbbbbbbbbbbbbbbbbb', cccccccccccccc: 'dddddddddddddddd', eeeeeeee: 1 });
console.log({ a: 1, b: 'x'.repeat(60) }, { a: 1, b: 'x'.repeat(70) });
console.log(['x'.repeat(30), 'y'.repeat(30)], ['x'.repeat(40), 'y'.repeat(40)]);
console.log({ a: { b: { c: 1 } }, d: [1, 2, { e: [3, { f: 4 }] }] });
console.log({ text: 'line one\nline two\nline three is a bit longer than the other ones, so that it breaks' });
console.log(['a\nb'], { k: 'tab\there' });
