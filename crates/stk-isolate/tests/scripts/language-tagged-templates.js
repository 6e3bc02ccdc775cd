const tag = (s, ...v) => JSON.stringify([s, s.raw, v]); console.log(tag`a${1}b\n${2}`, tag``, String.raw`\n${1}\u0041`, ((s) => s)`x` === ((s) => s)`x`); const f = () => ((s) => s)`same`; console.log(f() === f(), tag`\unicode`, `multi
line ${`nested ${1 + 1}`}`, `${{ toString: () => 'ts' }}${[1, 2]}${null}`); try { `${Symbol()}`; } catch (e) { console.log(e.name); }
