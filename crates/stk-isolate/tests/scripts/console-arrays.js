console.log([], [1], [1, 2, 3], [[]], [[[[[]]]]], [[[[1]]]]);
console.log(new Array(3), [1, , 3], [, 1], [1, , , 4, ,], [undefined, , null]);
console.log(Object.assign([1, 2], { extra: true, '-1': 'neg' }));
console.log(Array.from({ length: 120 }, (_, i) => i));
console.log(Array.from({ length: 101 }, (_, i) => 'item' + i));
console.log(Array.from({ length: 7 }, (_, i) => i * 1000));
console.log(['apple', 'banana', 'cherry', 'date', 'elderberry', 'fig', 'grape']);
