console.log(new TextDecoder('latin1').decode(new Uint8Array([0x80, 0x93, 0x9f])));
