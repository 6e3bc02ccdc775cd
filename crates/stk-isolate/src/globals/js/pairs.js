// The iteration that URLSearchParams, Headers and FormData share: over a list `name, value, name, value, …`.
export default function (native, load, uncurry) {
  const { required, inspectCustom } = load('webidl');
  const { apply, getPrototypeOf } = Reflect;
  const { defineProperty, create } = Object;
  const IteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]()));

  // `listOf(instance)` is asked at each step, so that changes made meanwhile are seen; it throws on a foreign instance.
  function iterable(Class, name, listOf) {
    const states = new WeakMap();
    const stateOf = uncurry(WeakMap.prototype.get);
    const keep = uncurry(WeakMap.prototype.set);
    const proto = create(IteratorPrototype);

    const method = (target, key, value) => defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
    method(proto, 'next', function next() {
      const state = stateOf(states, this);
      if (state === undefined) throw new TypeError(`Value of "this" must be of type ${name} Iterator`);
      const list = listOf(state.owner);
      const { at } = state;
      if (at >= list.length) return { value: undefined, done: true };
      state.at = at + 2;
      const value = state.kind === 0 ? [list[at], list[at + 1]] : list[at + state.kind - 1];
      return { value, done: false };
    });
    defineProperty(proto, Symbol.toStringTag, { value: `${name} Iterator`, configurable: true });
    defineProperty(proto, inspectCustom, {
      value(depth, options, inspect) {
        const state = stateOf(states, this);
        const list = listOf(state.owner);
        const rest = [];
        for (let at = state.at; at < list.length; at += 2) {
          rest[rest.length] = state.kind === 0 ? [list[at], list[at + 1]] : list[at + state.kind - 1];
        }
        const items = [];
        for (let i = 0; i < rest.length; i++) items[i] = inspect(rest[i], options);
        return `${name} Iterator { ${items.join(', ')} }`;
      },
      configurable: true,
      writable: true,
    });

    const open = (owner, kind) => {
      listOf(owner);
      const iterator = create(proto);
      keep(states, iterator, { owner, kind, at: 0 });
      return iterator;
    };
    const methods = {
      entries() { return open(this, 0); },
      keys() { return open(this, 1); },
      values() { return open(this, 2); },
      forEach(callback, thisArg = undefined) {
        required(1, arguments.length, `${name}.forEach`);
        if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function.');
        for (let at = 0; at < listOf(this).length; at += 2) {
          const list = listOf(this);
          apply(callback, thisArg, [list[at + 1], list[at], this]);
        }
      },
    };
    method(Class.prototype, 'entries', methods.entries);
    method(Class.prototype, 'keys', methods.keys);
    method(Class.prototype, 'values', methods.values);
    method(Class.prototype, 'forEach', methods.forEach);
    defineProperty(Class.prototype, Symbol.iterator, { value: methods.entries, configurable: true, writable: true });
  }

  return { iterable };
}
