for (const s of ['http://a:80/', 'https://a:443', 'http://a:443', 'ftp://a:21', 'ws://a:80', 'wss://a:443/', 'http://a:0080', 'http://a:00', 'http://a:65535']) console.log(s, new URL(s).href, JSON.stringify(new URL(s).port));
for (const s of ['http://a:65536', 'http://a:x', 'http://a:-1', 'http://a: 80']) console.log(s, URL.canParse(s));
