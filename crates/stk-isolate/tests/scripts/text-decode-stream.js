const bytes = new TextEncoder().encode('aé日😀z'); const d = new TextDecoder(); const parts = [];
for (const x of bytes) parts.push(d.decode(new Uint8Array([x]), { stream: true })); parts.push(d.decode()); console.log(JSON.stringify(parts));
const e = new TextDecoder(); console.log(JSON.stringify([e.decode(new Uint8Array([0xf0, 0x9f]), { stream: true }), e.decode(new Uint8Array([0x41]), { stream: true }), e.decode(new Uint8Array([0xe2]), { stream: true }), e.decode()]));
const f = new TextDecoder('utf-16le'); console.log(JSON.stringify([f.decode(new Uint8Array([0x3d]), { stream: true }), f.decode(new Uint8Array([0xd8, 0x00]), { stream: true }), f.decode(new Uint8Array([0xde, 0x41]), { stream: true }), f.decode()]));
