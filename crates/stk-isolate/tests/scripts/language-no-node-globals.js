console.log(typeof process, typeof require, typeof Buffer, typeof global, typeof module, typeof __dirname, typeof self, typeof Deno, typeof window);
