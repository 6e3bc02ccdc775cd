const u = (...x) => new Uint8Array(x);
console.log(new TextDecoder('windows-1252').decode(u(0xa3, 0xe9)), new TextDecoder('iso-8859-15').decode(u(0xa4)), new TextDecoder('koi8-r').decode(u(0xc1, 0xc2)));
console.log(new TextDecoder('shift_jis').decode(u(0x82, 0xa0, 0x41)), new TextDecoder('gbk').decode(u(0xc4, 0xe3)), new TextDecoder('euc-kr').decode(u(0xb0, 0xa1)), new TextDecoder('big5').decode(u(0xa7, 0x41)));
console.log(new TextDecoder('utf-16le').decode(u(0x41, 0, 0x3d, 0xd8, 0, 0xde)), JSON.stringify(new TextDecoder('utf-16le').decode(u(0x41, 0, 0x3d))));
