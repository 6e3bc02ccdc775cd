for (const h of ['EXAMPLE.COM', 'ex%41mple.com', 'münchen.de', 'MÜNCHEN.de', '☃.net', 'faß.de', '日本.jp', '0x7f.1', '127.1', '2130706433', '017700000001', '0', '1.2.3', '[::1]', '[0:0::1]', '[1:2:3:4:5:6:7:8]', '[::ffff:1.2.3.4]', '[1:0:0:2:0:0:0:3]', 'a..b', 'a.b.', '-a-', 'a_b', '%e2%98%83']) {
  try { console.log(h, new URL(`http://${h}/`).hostname); } catch (e) { console.log(h, e.code); }
}
