console.log(URL.canParse('http://a'), URL.canParse('a'), URL.canParse('a', 'http://b'), URL.canParse('a', 'b'), URL.canParse(undefined, 'http://x'));
try { URL.canParse(); } catch (e) { console.log(e.name); }
console.log(Object.prototype.toString.call(new URL('a:b')), typeof URL.prototype.toString, URL.length, URL.name);
console.log(Object.keys(new URL('a:b')), 'href' in new URL('a:b'), Object.getOwnPropertyNames(new URL('a:b')));
