const u = new URL('http://a/ é"<>`{}|\\^[]%zz%41?é"<>`{}|\\^[]\'%zz#é"<>`{}|\\^[]%zz');
console.log(u.pathname); console.log(u.search); console.log(u.hash);
const v = new URL('foo://a/ é"<>`{}|\\^[]?\'#x'); console.log(v.href);
console.log(new URL("http://u'ser;=@:p:a ss@h/").href);
console.log(new URL('http://a/\ud800x').href, new URL('http://a/?\udc00').href);
console.log(new URL('data:text/plain, a b ').href, new URL('javascript:alert( 1 )#x y').href);
