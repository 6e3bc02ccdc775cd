const u = new URL('http://a/?x=1&x=2&y=3#h');
u.searchParams.append('z', 'ä &='); console.log(u.href);
u.searchParams.delete('x'); console.log(u.search); u.searchParams.delete('y'); u.searchParams.delete('z'); console.log(u.href);
u.search = '?b=2&a=1'; console.log([...u.searchParams]); u.searchParams.sort(); console.log(u.href);
u.searchParams.set('n', 1); u.searchParams.set('a', null); console.log(u.href);
for (const [k] of u.searchParams) if (k === 'a') u.searchParams.delete('b'); console.log(u.href);
