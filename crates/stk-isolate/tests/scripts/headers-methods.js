const h = new Headers({ 'X-One': '1' });
h.append('x-one', '2'); h.append('X-Two', ' padded\t'); console.log(h.get('X-ONE'), JSON.stringify(h.get('x-two')), h.get('none'), h.has('X-TWO'), h.has('none'));
h.set('x-one', 'new'); h.set('x-three', 3); h.delete('X-two'); h.delete('none'); console.log([...h], [...h.keys()], [...h.values()]);
h.append('x-empty', ''); h.append('x-empty', ''); console.log(JSON.stringify(h.get('x-empty')));
for (const m of ['get', 'has', 'delete', 'set', 'append']) { try { h[m](); } catch (e) { console.log(m, e.name); } try { h[m]('bad name', 'v'); } catch (e) { console.log(m, e.name); } }
for (const v of ['a\0b', 'a\rb', 'é', '€', '\tx\n']) { try { h.set('v', v); console.log(JSON.stringify(h.get('v'))); } catch (e) { console.log(e.name); } }
