// What every web class here shares: conversions of arguments, the shape of properties, how a value prints.
// Not a binding generator: each class checks its own arguments with these.
export default function (native, load, uncurry) {
  const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;
  const test = uncurry(RegExp.prototype.test);
  const latin1 = /^[\x00-\xff]*$/;
  const wellFormed = uncurry(String.prototype.toWellFormed);
  const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
  const { toStringTag } = Symbol;
  const secret = Symbol('secret');

  // Methods and accessors of web classes are enumerable, and instances are tagged with the class's name.
  function expose(Class, name = Class.name) {
    const proto = Class.prototype;
    const names = getOwnPropertyNames(proto);
    for (let i = 0; i < names.length; i++) {
      if (names[i] === 'constructor') continue;
      const desc = getOwnPropertyDescriptor(proto, names[i]);
      desc.enumerable = true;
      defineProperty(proto, names[i], desc);
    }
    defineProperty(proto, toStringTag, { value: name, configurable: true });
  }

  // `view(instance)` gives the plain object that stands for it in the console.
  function prints(Class, view, name) {
    defineProperty(Class.prototype, inspectCustom, {
      value(depth, options, inspect) {
        const title = name ?? this.constructor?.name ?? Class.name;
        if (depth !== null && depth < 0) return `[${title}]`;
        const inner = { ...options, depth: options.depth === null ? null : options.depth - 1 };
        return `${title} ${inspect(view(this), inner)}`;
      },
      configurable: true,
      writable: true,
    });
  }

  function required(count, given, name) {
    if (given < count) {
      throw new TypeError(`${name}: ${count} argument${count === 1 ? '' : 's'} required, but only ${given} present.`);
    }
  }

  const text = (value) => wellFormed(`${value}`);
  function bytesOnly(value, name) {
    const string = `${value}`;
    if (!test(latin1, string)) throw new TypeError(`${name} has a character above U+00FF`);
    return string;
  }

  function illegal(key) {
    if (key !== secret) throw new TypeError('Illegal constructor');
  }

  // A promise with its functions; a rejection of it that nobody awaits is not an error.
  function deferred() {
    const out = { promise: undefined, resolve: undefined, reject: undefined, settled: false };
    out.promise = new Promise((resolve, reject) => {
      out.resolve = (value) => { out.settled = true; resolve(value); };
      out.reject = (reason) => { out.settled = true; reject(reason); };
    });
    return out;
  }
  const then = uncurry(Promise.prototype.then);
  const nothing = () => {};
  const handled = (promise) => { then(promise, undefined, nothing); return promise; };

  return {
    expose, prints, required, text, bytesOnly, illegal, secret, deferred, then, handled, nothing, inspectCustom, wellFormed,
  };
}
