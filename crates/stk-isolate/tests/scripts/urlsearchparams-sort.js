const p = new URLSearchParams('z=1&ﬃ=2&🌈=3&a=b&a=a&é=1&A=0&=x'); p.sort(); console.log([...p].map(([k, v]) => `${k}:${v}`).join(' '));
const q = new URLSearchParams(); q.sort(); console.log(q.toString());
