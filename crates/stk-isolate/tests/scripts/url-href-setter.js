const u = new URL('http://a/?x=1'); const p = u.searchParams;
u.href = 'http://b/?y=2'; console.log(p.get('x'), p.get('y'), u.searchParams === p);
try { u.href = 'nope'; } catch (e) { console.log(e.name, e.code, u.href); }
try { URL('http://a'); } catch (e) { console.log(e.name); }
try { new URL(); } catch (e) { console.log(e.name); }
console.log(new URL({ toString: () => 'http://obj/' }).href, new URL(new URL('x', 'http://b')).href);
try { new URL('x', 'y'); } catch (e) { console.log(e.code, e.input, e.base); }
