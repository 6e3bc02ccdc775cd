const d = new TextDecoder();
console.log(d.encoding, d.fatal, d.ignoreBOM, JSON.stringify(d.decode()), d.decode(new Uint8Array([104, 105])), d);
const b = (...x) => new Uint8Array(x);
for (const bytes of [b(0xff), b(0xc3, 0x28), b(0xe2, 0x82), b(0xf0, 0x9f, 0x98), b(0xf0, 0x9f, 0x98, 0x80), b(0xed, 0xa0, 0x80), b(0xc0, 0x80), b(0xf5, 0x80, 0x80, 0x80), b(0x80), b(0xe0, 0x80, 0x80), b(0x61, 0xf0, 0x90, 0x62)]) console.log(JSON.stringify(d.decode(bytes)));
console.log(d.decode(b(65, 66).buffer), d.decode(new DataView(b(65, 66, 67).buffer, 1)), d.decode(new Uint16Array([0x4241])));
for (const bad of ['x', 5, [], {}]) { try { d.decode(bad); } catch (e) { console.log(e.name); } }
