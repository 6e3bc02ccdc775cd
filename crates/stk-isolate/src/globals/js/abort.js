// AbortController and AbortSignal, with timeout() and any().
export default function (native, load, uncurry) {
  const { EventTarget, Event, handler, trust } = load('events');
  const { expose, prints, required, illegal, secret } = load('webidl');

  let state;
  let known;

  class AbortSignal extends EventTarget {
    #state = { aborted: false, reason: undefined, steps: [], dependent: false };

    static {
      state = (signal) => signal.#state;
      known = (value) => typeof value === 'object' && value !== null && #state in value;
    }

    constructor(key) {
      illegal(key);
      super();
    }

    static abort(reason = undefined) {
      const signal = create();
      abort(signal, reason);
      return signal;
    }

    static timeout(milliseconds) {
      required(1, arguments.length, 'AbortSignal.timeout');
      if (typeof milliseconds !== 'number') throw new TypeError('The "delay" argument must be of type number.');
      const delay = milliseconds;
      if (!(delay >= 0) || delay > Number.MAX_SAFE_INTEGER) {
        throw new RangeError(`The value of "delay" is out of range. It must be >= 0 && <= 9007199254740991. Received ${delay}`);
      }
      const signal = create();
      native.setTimer(() => abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay);
      return signal;
    }

    static any(signals) {
      required(1, arguments.length, 'AbortSignal.any');
      const sources = [];
      for (const signal of signals) {
        if (!known(signal)) throw new TypeError('The "signals" argument must be an instance of AbortSignal.');
        sources[sources.length] = signal;
      }
      const out = create();
      for (let i = 0; i < sources.length; i++) {
        if (sources[i].#state.aborted) {
          abort(out, sources[i].#state.reason);
          return out;
        }
      }
      for (let i = 0; i < sources.length; i++) {
        onAbort(sources[i], () => abort(out, sources[i].#state.reason));
      }
      return out;
    }

    get aborted() { return this.#state.aborted; }
    get reason() { return this.#state.reason; }
    throwIfAborted() { if (this.#state.aborted) throw this.#state.reason; }
  }
  expose(AbortSignal);
  handler(AbortSignal, 'abort');
  prints(AbortSignal, (signal) => ({ aborted: signal.aborted }));

  const create = () => new AbortSignal(secret);

  function abort(signal, reason) {
    const own = state(signal);
    if (own.aborted) return;
    own.aborted = true;
    own.reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    const { steps } = own;
    own.steps = [];
    for (let i = 0; i < steps.length; i++) steps[i]?.();
    signal.dispatchEvent(trust(new Event('abort')));
  }

  // Runs before the event's listeners; the returned function takes it back.
  function onAbort(signal, step) {
    const { steps } = state(signal);
    const at = steps.length;
    steps[at] = step;
    return () => { if (steps[at] === step) steps[at] = undefined; };
  }

  class AbortController {
    #signal = create();
    get signal() { return this.#signal; }
    abort(reason = undefined) { abort(this.#signal, reason); }
  }
  expose(AbortController);
  prints(AbortController, (controller) => ({ signal: controller.signal }));

  return { AbortController, AbortSignal, isSignal: known, onAbort, create, abort };
}
