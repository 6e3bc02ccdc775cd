const { readable, writable } = new TextEncoderStream(); const w = writable.getWriter(); w.write('aé'); w.write('\ud83d'); w.write('\ude00b'); w.write('\ud800'); w.close();
for await (const c of readable) console.log(c);
const ds = new TextDecoderStream(); const dw = ds.writable.getWriter(); dw.write(new Uint8Array([0xe2, 0x82])); dw.write(new Uint8Array([0xac, 0x41])); dw.write(new Uint8Array([0xf0])); dw.close();
for await (const c of ds.readable) console.log(JSON.stringify(c));
console.log(ds.encoding, ds.fatal, new TextEncoderStream().encoding);
