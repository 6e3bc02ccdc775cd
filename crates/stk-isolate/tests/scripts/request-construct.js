const r = new Request('http://a/b?c#d', { method: 'post', headers: { 'X-A': '1' }, body: 'hi', redirect: 'manual', keepalive: true, integrity: 'i', cache: 'no-store', credentials: 'omit', mode: 'same-origin' });
for (const k of ['url', 'method', 'redirect', 'keepalive', 'integrity', 'cache', 'credentials', 'mode', 'destination', 'referrer', 'referrerPolicy', 'bodyUsed', 'duplex']) console.log(k, r[k]);
console.log([...r.headers], r.body instanceof ReadableStream, await r.text(), r.bodyUsed, r.signal.aborted);
for (const m of ['get', 'GET', 'Head', 'options', 'delete', 'put', 'patch', 'PATCH', 'custom']) console.log(m, new Request('http://a', { method: m }).method);
