const u = new URL('https://user:pa%20ss@EXAMPLE.com:8080/a/./b/../c%2fd?q=1&q=2#frag ment');
for (const k of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']) console.log(k, u[k]);
console.log(u, String(u), JSON.stringify({ u }), u.toJSON());
