console.log(['\0', '\x01', '\x1f', '\x7f', '\x9f', '\u2028', '\\', '\n\r\t\b\f\v']);
console.log(['é', '日本', '😀', '\ud800', 'a\udc00b', '\ud83d\ude00\ud83d']);
console.log({ '\n': 1, "it's": 2, 'a"b': 3 });
console.log([`multi
line`, "both ' and \"", "all ' \" `"]);
