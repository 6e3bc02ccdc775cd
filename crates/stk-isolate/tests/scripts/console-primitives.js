console.log(1, -0, 0, NaN, Infinity, 1e21, 1e-7, 123456789.123, 0xff, 10n, -5n);
console.log('text', ['text'], [''], ["it's"], ['say "hi"'], ['`$'], ["'\"", "'\"`"]);
console.log(true, false, null, undefined, [null, undefined, true]);
console.log(Symbol('s'), Symbol(), Symbol.iterator, [Symbol('a b')]);
console.log();
console.log('');
console.log('a', 'b', 3, '');
