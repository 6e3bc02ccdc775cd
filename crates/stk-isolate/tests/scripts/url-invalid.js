for (const s of ['', 'a', '//a', 'http://', 'http://[', 'http://[::1', 'http://a b', 'http://a%', 'http://%zz', 'http://a<b', 'http://256.256.256.256', 'http://1.2.3.4.5', '::', 'http:\\\\', 'http://@', 'http://a:b@', 'http://\u00ad']) {
  try { console.log(JSON.stringify(s), new URL(s).href); } catch (e) { console.log(JSON.stringify(s), e.name, e.code, e.message, e.input === s, e instanceof TypeError); }
}
