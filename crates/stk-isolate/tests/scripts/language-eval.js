console.log(typeof eval, eval('1 + 1'), new Function('a', 'return a + 1')(1));
