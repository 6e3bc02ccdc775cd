class Special extends URL { extra = 1; }
console.log([new URL('http://a')], { u: new URL('http://b/?x') }, { a: { b: { c: new URL('http://deep') } } }, new Special('http://s'));
console.log(URL.prototype.constructor === URL, Object.getOwnPropertyDescriptor(URL.prototype, 'href').enumerable, Object.getOwnPropertyDescriptor(URL.prototype, 'toJSON').enumerable);
try { URL.prototype.href; } catch (e) { console.log(e.name); }
try { Object.getOwnPropertyDescriptor(URL.prototype, 'host').get.call({}); } catch (e) { console.log(e.name); }
