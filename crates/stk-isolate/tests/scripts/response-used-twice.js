const r = new Response('x'); console.log(r.bodyUsed); const p = r.text(); console.log(r.bodyUsed); await p; for (const m of ['text', 'json', 'arrayBuffer', 'blob', 'formData']) { try { await r[m](); } catch (e) { console.log(m, e.name); } }
const l = new Response('y'); const reader = l.body.getReader(); console.log(l.bodyUsed, l.body.locked); try { await l.text(); } catch (e) { console.log(e.name); } try { l.clone(); } catch (e) { console.log(e.name); }
console.log(new TextDecoder().decode((await reader.read()).value), l.bodyUsed, (await reader.read()).done);
