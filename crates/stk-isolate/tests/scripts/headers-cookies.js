const h = new Headers(); h.append('Set-Cookie', 'a=1'); h.append('set-cookie', 'b=2; Path=/'); h.append('x', '1');
console.log(h.getSetCookie(), h.get('set-cookie'), [...h]);
h.set('set-cookie', 'c=3'); console.log(h.getSetCookie()); h.delete('set-cookie'); console.log(h.getSetCookie(), h.has('set-cookie'));
const c = new Headers([['cookie', 'a=1'], ['cookie', 'b=2']]); console.log(c.get('cookie'));
