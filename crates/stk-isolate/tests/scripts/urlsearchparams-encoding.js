const p = new URLSearchParams(); p.append('~!@#$%^&*()_+{}|:"<>?-=[]\\;\',./', ' '); p.append('日本', '😀'); p.append('\ud800', 'x\udc00'); p.append('\n\r\t', '\0');
console.log(p.toString()); console.log([...new URLSearchParams(p.toString())].length);
console.log(new URLSearchParams('a=%F0%9F%98%80&b=%ff&c=%E2%82&d=%').toString());
