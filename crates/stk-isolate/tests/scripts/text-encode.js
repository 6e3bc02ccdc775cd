const e = new TextEncoder();
console.log(e.encoding, e.encode(), e.encode('abc'), e.encode('é日😀'), e.encode('\ud800x\udc00'), e.encode(undefined), e.encode(null), e.encode(5));
console.log(e.encode('\ud83d\ude00\ud83d'), e.encode('\0'), Object.prototype.toString.call(e));
