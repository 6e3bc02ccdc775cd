console.log(new ReadableStream(), new WritableStream(), new ReadableStream({ start(c) { c.close(); } }), new ReadableStream({ start(c) { c.error(1); } }));
const s = new ReadableStream(); s.getReader(); console.log(s, [new TransformStream()].length, Object.prototype.toString.call(s), Object.prototype.toString.call(new TransformStream()));
console.log(new CountQueuingStrategy({ highWaterMark: 1 }), new ByteLengthQueuingStrategy({ highWaterMark: 2 }));
