// Timers over the host's one-shot timer: intervals, ids that are also Node-like handles, arguments.
export default function (native, load, uncurry) {
  const { expose } = load('webidl');
  const { apply } = Reflect;
  const mapGet = uncurry(Map.prototype.get);
  const mapSet = uncurry(Map.prototype.set);
  const mapDelete = uncurry(Map.prototype.delete);
  // Intervals by id: each of their turns is another timer of the host.
  const intervals = new Map();

  let fire;
  let make;

  class Timeout {
    #id;
    #callback;
    #args;
    #delay;
    #repeat;
    #host;
    #active = true;

    static {
      make = (callback, delay, args, repeat) => {
        const timer = new Timeout();
        timer.#callback = callback;
        timer.#delay = clamp(delay);
        timer.#args = args;
        timer.#repeat = repeat;
        timer.#start();
        return timer;
      };
      fire = (timer) => timer.#fire();
    }

    #start() {
      this.#host = native.setTimer(() => fire(this), this.#delay);
      this.#id ??= this.#host;
      this.#active = true;
      if (this.#repeat) mapSet(intervals, this.#id, this);
    }

    #fire() {
      if (this.#repeat) this.#start();
      else this.#active = false;
      apply(this.#callback, this, this.#args);
    }

    close() {
      if (!this.#active) return this;
      this.#active = false;
      if (this.#repeat) mapDelete(intervals, this.#id);
      this.#repeat = false;
      native.clearTimer(this.#host);
      return this;
    }

    refresh() {
      if (this.#active) native.clearTimer(this.#host);
      this.#start();
      return this;
    }

    // A call ends with its result: no timer keeps it, so these say nothing.
    ref() { return this; }
    unref() { return this; }
    hasRef() { return this.#active; }
    [Symbol.toPrimitive]() { return this.#id; }
  }
  expose(Timeout);

  function clamp(delay) {
    const ms = +delay;
    return ms >= 1 && ms <= 2147483647 ? Math.trunc(ms) : 1;
  }

  function checked(callback) {
    if (typeof callback === 'function') return callback;
    const error = new TypeError('The "callback" argument must be of type function.');
    error.code = 'ERR_INVALID_ARG_TYPE';
    throw error;
  }

  function clear(timer) {
    if (typeof timer === 'object' && timer instanceof Timeout) timer.close();
    else if (typeof timer === 'number' || typeof timer === 'string') {
      const interval = mapGet(intervals, +timer);
      if (interval !== undefined) interval.close();
      else if (+timer > 0) native.clearTimer(+timer);
    }
  }

  return {
    setTimeout(callback, delay = 1, ...args) { return make(checked(callback), delay, args, false); },
    setInterval(callback, delay = 1, ...args) { return make(checked(callback), delay, args, true); },
    setImmediate(callback, ...args) { return make(checked(callback), 0, args, false); },
    clearTimeout(timer) { clear(timer); },
    clearInterval(timer) { clear(timer); },
    clearImmediate(timer) { clear(timer); },
  };
}
