const bom = [0xef, 0xbb, 0xbf]; const u = (...x) => new Uint8Array(x);
console.log(new TextDecoder().decode(u(...bom, 65)).length, new TextDecoder('utf-8', { ignoreBOM: true }).decode(u(...bom, 65)).length);
const d = new TextDecoder(); let out = []; for (const byte of [...bom, 65, ...bom]) out.push(d.decode(u(byte), { stream: true })); out.push(d.decode()); console.log(JSON.stringify(out));
console.log(d.decode(u(...bom, 66)), d.decode(u(...bom)).length);
console.log(new TextDecoder('utf-16le').decode(u(0xff, 0xfe, 65, 0)).length, new TextDecoder('utf-16be').decode(u(0xfe, 0xff, 0, 65)).length);
