const f = await new Response(new URLSearchParams('a=1&a=2&b=x+y')).formData(); console.log([...f], f.getAll('a'));
for (const [b, t] of [['x', 'text/plain'], ['--b\r\n', 'multipart/form-data; boundary=b'], ['x', 'multipart/form-data']]) { try { await new Response(b, { headers: { 'content-type': t } }).formData(); console.log('ok'); } catch (e) { console.log(e.name); } }
try { await new Response('a=1').formData(); } catch (e) { console.log(e.name); }
