const enc = new TextEncoder(); const src = ReadableStream.from(['line 1\nli', 'ne 2\n', 'tail']); let rest = '';
const lines = new TransformStream({ transform(x, c) { rest += x; const parts = rest.split('\n'); rest = parts.pop(); for (const p of parts) c.enqueue(p); }, flush(c) { if (rest) c.enqueue(rest); } });
const out = []; for await (const l of src.pipeThrough(new TextEncoderStream()).pipeThrough(new TextDecoderStream()).pipeThrough(lines)) out.push(l); console.log(out);
