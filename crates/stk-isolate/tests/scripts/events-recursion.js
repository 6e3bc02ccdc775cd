const t = new EventTarget(); const e = new Event('x'); t.addEventListener('x', () => { try { t.dispatchEvent(e); } catch (x) { console.log(x.name, x.code !== undefined); } }); t.dispatchEvent(e);
