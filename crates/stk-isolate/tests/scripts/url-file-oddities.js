for (const s of ['file:///c|/x', 'file:////x']) console.log(s, new URL(s).href);
