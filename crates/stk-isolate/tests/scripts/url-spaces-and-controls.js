for (const s of [' http://a/b ', '\thttp://a/\nb\rc', 'ht\ntp://a', 'http://a/\x00b', 'http://a/b?c\td', '\x01http://a\x1f', 'http://a/b#\x00']) console.log(JSON.stringify(s), new URL(s).href);
console.log(new URL('HTTP:\\\\a\\b\\..\\c').href, new URL('http:a').href, new URL('http:///a').href);
