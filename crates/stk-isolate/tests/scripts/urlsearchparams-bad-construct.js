for (const init of [[['a']], [['a', 'b', 'c']], ['ab'], [1], [null], Symbol('x'), { [Symbol.iterator]: 5 }]) { try { console.log(new URLSearchParams(init).toString()); } catch (e) { console.log(e.name, e.code); } }
try { URLSearchParams(''); } catch (e) { console.log(e.name); }
