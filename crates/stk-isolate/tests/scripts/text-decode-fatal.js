const d = new TextDecoder('utf-8', { fatal: true });
for (const x of [[0xff], [0xe2, 0x82], [0xed, 0xbf, 0xbf]]) { try { console.log(d.decode(new Uint8Array(x))); } catch (e) { console.log(e.name, e.code, e.message); } }
console.log(d.decode(new Uint8Array([0xe2, 0x82, 0xac])), d.fatal);
try { d.decode(new Uint8Array([0xe2]), { stream: true }); d.decode(new Uint8Array([0x41])); } catch (e) { console.log(e.name); }
console.log(d.decode(new Uint8Array([0x42])));
