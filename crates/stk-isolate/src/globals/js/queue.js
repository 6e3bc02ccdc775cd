// What both halves of a stream need: a queue with sizes, and the queuing strategies.
export default function (native, load, uncurry) {
  const { expose, prints, required } = load('webidl');

  class Queue {
    #items = [];
    #head = 0;
    total = 0;

    get length() { return this.#items.length - this.#head; }

    push(value, size) {
      const items = this.#items;
      items[items.length] = { value, size };
      this.total += size;
    }

    peek() { return this.#items[this.#head].value; }

    shift() {
      const { value, size } = this.#items[this.#head];
      this.#items[this.#head++] = undefined;
      this.total -= size;
      if (this.total < 0) this.total = 0;
      if (this.#head === this.#items.length) this.clear();
      return value;
    }

    clear() {
      this.#items = [];
      this.#head = 0;
      this.total = 0;
    }
  }

  function checkedSize(size) {
    const value = +size;
    if (!(value >= 0) || value === Infinity) {
      throw new RangeError(`The property 'size' is invalid. Received ${value}`);
    }
    return value;
  }

  function strategy(options, fallback) {
    if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function') {
      throw new TypeError('The "strategy" argument must be of type object.');
    }
    const mark = options?.highWaterMark;
    const size = options?.size;
    if (size !== undefined && typeof size !== 'function') throw new TypeError('The "strategy.size" property must be of type function.');
    const highWaterMark = mark === undefined ? fallback : +mark;
    if (!(highWaterMark >= 0)) throw new RangeError(`The property 'strategy.highWaterMark' is invalid. Received ${mark}`);
    return { highWaterMark, size: size === undefined ? () => 1 : (chunk) => size(chunk) };
  }

  function mark(options, name) {
    required(1, arguments.length - 1, name);
    if (options === null || typeof options !== 'object' || options.highWaterMark === undefined) {
      throw new TypeError('The "options.highWaterMark" property is required.');
    }
    return +options.highWaterMark;
  }
  const count = { size() { return 1; } }.size;
  const byteLength = { size(chunk) { return chunk.byteLength; } }.size;

  class CountQueuingStrategy {
    #mark;
    constructor(options) { this.#mark = mark(options, 'CountQueuingStrategy'); }
    get highWaterMark() { return this.#mark; }
    get size() { return count; }
  }
  class ByteLengthQueuingStrategy {
    #mark;
    constructor(options) { this.#mark = mark(options, 'ByteLengthQueuingStrategy'); }
    get highWaterMark() { return this.#mark; }
    get size() { return byteLength; }
  }
  expose(CountQueuingStrategy);
  expose(ByteLengthQueuingStrategy);
  const view = (self) => ({ highWaterMark: self.highWaterMark });
  prints(CountQueuingStrategy, view);
  prints(ByteLengthQueuingStrategy, view);

  return { Queue, checkedSize, strategy, CountQueuingStrategy, ByteLengthQueuingStrategy };
}
