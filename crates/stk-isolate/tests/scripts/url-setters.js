const u = new URL('http://example.com/path?q#h');
const show = (what) => console.log(what, u.href);
u.protocol = 'https'; show('protocol'); u.protocol = 'foo'; show('special to not'); u.protocol = 'ht tp'; show('bad protocol'); u.protocol = 'http:rest'; show('with rest');
u.username = 'me@x'; show('username'); u.password = 'p:w/'; show('password'); u.username = ''; show('no username'); u.password = ''; show('no password');
u.host = 'other.org:81'; show('host'); u.hostname = 'third.net:99'; show('hostname with port'); u.hostname = 'fourth.net'; show('hostname'); u.host = ''; show('empty host'); u.host = 'x y'; show('bad host');
u.port = '8080'; show('port'); u.port = '80'; show('default port'); u.port = '90abc'; show('port with junk'); u.port = 'abc'; show('bad port'); u.port = ''; show('no port'); u.port = '99999'; show('big port');
u.pathname = 'a b/../c'; show('pathname'); u.pathname = ''; show('empty path'); u.pathname = '?#'; show('path with marks');
u.search = 'a=b c'; show('search'); u.search = ''; show('no search'); u.search = '?'; show('lone mark'); u.hash = 'x y'; show('hash'); u.hash = ''; show('no hash'); u.hash = '##'; show('two hashes');
