// performance: a clock that never goes back. Marks and measures are not kept: nothing reads them here.
export default function (native, load, uncurry) {
  const { expose, illegal, secret } = load('webidl');
  class Performance {
    #origin = Date.now() - native.now();
    constructor(key) { illegal(key); }
    now() { return native.now(); }
    get timeOrigin() { return this.#origin; }
    toJSON() { return { timeOrigin: this.#origin }; }
  }
  expose(Performance);
  return { Performance, performance: new Performance(secret) };
}
