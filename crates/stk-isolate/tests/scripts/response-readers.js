console.log(await new Response('é').text(), await new Response('{"a":1}').json(), await new Response('ab').arrayBuffer(), (await new Response(new Uint8Array([1, 2])).blob()).size);
for (const bad of ['', '{', 'undefined', "{'a':1}"]) { try { await new Response(bad).json(); } catch (e) { console.log(e.name, e instanceof SyntaxError); } }
console.log(await new Response('\ufeffbom').text(), await new Response('\ufeff{"a":1}').json(), JSON.stringify(await new Response(new Uint8Array([0xff, 0x41])).text()));
const b = await new Response('x', { headers: { 'content-type': 'Text/Plain; Charset=UTF-8' } }).blob(); console.log(b.type, b.size);
const n = new Response(); console.log(await n.text(), n.bodyUsed, await n.text(), (await n.arrayBuffer()).byteLength, n.body);
