const seen = []; const s = new ReadableStream({ start(c) { seen.push(c.desiredSize); c.enqueue('x'); seen.push(c.desiredSize); c.enqueue('yy'); seen.push(c.desiredSize); } }, { highWaterMark: 5, size: (x) => x.length }); console.log(seen); const r = s.getReader(); await r.read();
let pulls = 0; new ReadableStream({ pull(c) { pulls++; c.enqueue(1); } }, { highWaterMark: 3 }); await new Promise((f) => setTimeout(f, 5)); console.log(pulls);
pulls = 0; new ReadableStream({ pull() { pulls++; } }, { highWaterMark: 0 }); await new Promise((f) => setTimeout(f, 5)); console.log(pulls);
console.log(new CountQueuingStrategy({ highWaterMark: 2 }).size(), new ByteLengthQueuingStrategy({ highWaterMark: 9 }).size(new Uint8Array(7)), new CountQueuingStrategy({ highWaterMark: 2 }).highWaterMark);
for (const m of [-1, NaN, 'x']) { try { new ReadableStream({}, { highWaterMark: m }); } catch (e) { console.log(e.name); } }
