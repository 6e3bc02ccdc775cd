for (const s of ['file:///C:/a/../b', 'file://host/share/x', 'file:c:\\foo\\bar', 'file:/x', 'file:x', 'file://localhost/x', 'file:///a/%2e%2e/b', 'file:///C:/../..']) console.log(s, new URL(s).href, JSON.stringify(new URL(s).host));
console.log(new URL('..', 'file:///C:/a').href, new URL('/', 'file:///C:/a/b').href, new URL('//h/x', 'file:///C:/a').href, new URL('D:/x', 'file:///C:/a').href);
