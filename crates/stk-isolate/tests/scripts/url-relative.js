const base = 'https://example.com/a/b/c?x=1#h';
for (const r of ['', '.', '..', '../..', '../../../..', '/', '//', '//other', '?y', '#z', 'd', './d', '../d', 'd/../e', '/d', 'http:', 'http:d', 'https:d', 'https:/d', 'mailto:x', '\\d', '/\\d', ' d ', 'd\te\n', '%2e%2e/d', 'd;p', '?', '#']) {
  try { console.log(JSON.stringify(r), new URL(r, base).href); } catch (e) { console.log(JSON.stringify(r), e.name, e.code); }
}
