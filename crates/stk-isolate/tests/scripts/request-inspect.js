console.log(new Request('http://a/', { headers: { b: 'c' } })); console.log(Object.prototype.toString.call(new Request('http://a')), { r: new Request('http://a/b') });
