for (const s of ['', 'YQ==', 'YWI=', 'YWJj', ' Y W J j ', 'YQ', 'YR', '/+8=', 'AAAA']) console.log(JSON.stringify(s), JSON.stringify(atob(s)));
for (const s of ['Y', 'YQ=', '=', 'YQ===', 'Y!', 'YQ-_', 'é', 'YWJ=j']) { try { console.log(s, JSON.stringify(atob(s))); } catch (e) { console.log(s, e.name, e.code, e instanceof DOMException); } }
try { atob(); } catch (e) { console.log(e.name); }
console.log(atob(null).length, atob({ toString: () => 'YQ==' }));
