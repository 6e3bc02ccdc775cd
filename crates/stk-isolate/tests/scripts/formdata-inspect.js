const f = new FormData(); f.append('a', '1'); f.append('a', '2'); f.append('b', 'x'); console.log(f, [new FormData()]);
