const u = new URL('mailto:a@b.c?subject=x#y');
u.host = 'h'; u.pathname = 'z'; u.port = '1'; u.username = 'u'; console.log(u.href);
u.search = ''; u.hash = ''; console.log(u.href); u.protocol = 'http'; console.log(u.href); u.protocol = 'tel'; console.log(u.href);
console.log(u.origin, JSON.stringify(u.host), new URL('blob:https://a.b/x').origin, new URL('file:///x').origin, new URL('blob:x').origin);
