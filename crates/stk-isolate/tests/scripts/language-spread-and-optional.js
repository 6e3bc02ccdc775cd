const u = undefined; const o = { f() { return this === o; }, n: null, a: [1] }; console.log(u?.x, u?.[0], u?.(), o.f?.(), o?.f(), o.n?.x.y.z, o.a?.[0], o.g?.(), delete u?.x);
