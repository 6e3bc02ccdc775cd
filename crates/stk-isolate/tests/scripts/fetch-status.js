for (const s of [200, 201, 204, 404, 418, 500]) { const r = await fetch(`${BASE}/status/${s}`); console.log(r.status, r.ok, r.statusText, r.body === null, JSON.stringify(await r.text())); }
