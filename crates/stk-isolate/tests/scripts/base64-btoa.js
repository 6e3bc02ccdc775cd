for (const s of ['', 'a', 'ab', 'abc', '\xff\xfe', '\0', 12, null, undefined, true]) console.log(btoa(s));
for (const s of ['é', '€', '😀', '\u0100']) { try { console.log(btoa(s)); } catch (e) { console.log(e.name, e.code); } }
try { btoa(); } catch (e) { console.log(e.name); }
const all = String.fromCharCode(...Array(256).keys()); console.log(btoa(all), atob(btoa(all)) === all);
