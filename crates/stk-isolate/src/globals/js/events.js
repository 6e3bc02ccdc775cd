// EventTarget, Event and CustomEvent of the DOM standard, without a tree: no bubbling, no capturing phase.
export default function (native, load, uncurry) {
  const { expose, prints, required, inspectCustom } = load('webidl');
  const { apply } = Reflect;
  const { defineProperty } = Object;
  const Map_ = Map;
  const mapGet = uncurry(Map.prototype.get);
  const mapSet = uncurry(Map.prototype.set);
  const slice = uncurry(Array.prototype.slice);
  const splice = uncurry(Array.prototype.splice);

  let marks; // access to the private state of an event, for dispatch alone

  class Event {
    #type;
    #cancelable;
    #bubbles;
    #composed;
    #timeStamp = native.now();
    #state = {
      target: null, current: null, dispatching: false, stop: false, halt: false, prevented: false, passive: false, trusted: false,
    };

    static {
      marks = (event) => event.#state;
    }

    constructor(type, options = undefined) {
      required(1, arguments.length, 'Event constructor');
      if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function') {
        throw new TypeError('The "options" argument must be of type object.');
      }
      this.#type = `${type}`;
      this.#bubbles = !!options?.bubbles;
      this.#cancelable = !!options?.cancelable;
      this.#composed = !!options?.composed;
    }

    get type() { return this.#type; }
    get target() { return this.#state.target; }
    get currentTarget() { return this.#state.current; }
    get srcElement() { return this.#state.target; }
    composedPath() { return this.#state.dispatching ? [this.#state.current] : []; }
    get eventPhase() { return this.#state.dispatching ? 2 : 0; }
    get bubbles() { return this.#bubbles; }
    get cancelable() { return this.#cancelable; }
    get composed() { return this.#composed; }
    get returnValue() { return !this.defaultPrevented; }
    get defaultPrevented() { return this.#cancelable && this.#state.prevented; }
    get timeStamp() { return this.#timeStamp; }
    get isTrusted() { return this.#state.trusted; }
    get cancelBubble() { return this.#state.halt; }
    set cancelBubble(value) { if (value) this.#state.halt = true; }
    stopPropagation() { this.#state.halt = true; }
    stopImmediatePropagation() { this.#state.halt = true; this.#state.stop = true; }
    preventDefault() { if (!this.#state.passive) this.#state.prevented = true; }
  }
  expose(Event);
  const phases = ['NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE'];
  for (let i = 0; i < phases.length; i++) {
    defineProperty(Event, phases[i], { value: i, enumerable: true });
    defineProperty(Event.prototype, phases[i], { value: i, enumerable: true });
  }
  prints(Event, (event) => ({
    type: event.type, defaultPrevented: event.defaultPrevented, cancelable: event.cancelable, timeStamp: event.timeStamp,
  }));

  class CustomEvent extends Event {
    #detail;
    constructor(type, options = undefined) {
      required(1, arguments.length, 'CustomEvent constructor');
      super(type, options);
      this.#detail = options?.detail ?? null;
    }
    get detail() { return this.#detail; }
  }
  expose(CustomEvent);

  function flags(options) {
    if (typeof options === 'boolean') return { capture: options, once: false, passive: false, signal: undefined };
    if (options === null || options === undefined) return { capture: false, once: false, passive: false, signal: undefined };
    return { capture: !!options.capture, once: !!options.once, passive: !!options.passive, signal: options.signal };
  }

  class EventTarget {
    #listeners = new Map_();

    addEventListener(type, callback, options = undefined) {
      required(2, arguments.length, 'addEventListener');
      const { capture, once, passive, signal } = flags(options);
      if (callback === null || callback === undefined) return;
      if (typeof callback !== 'function' && typeof callback !== 'object') {
        throw new TypeError('The "listener" argument must be an instance of EventListener.');
      }
      if (signal !== undefined) {
        if (!load('abort').isSignal(signal)) throw new TypeError('The "options.signal" property must be an instance of AbortSignal.');
        if (signal.aborted) return;
      }
      const name = `${type}`;
      const list = mapGet(this.#listeners, name) ?? [];
      for (let i = 0; i < list.length; i++) {
        if (list[i].callback === callback && list[i].capture === capture) return;
      }
      const listener = { callback, capture, once, passive, removed: false };
      list[list.length] = listener;
      mapSet(this.#listeners, name, list);
      if (signal !== undefined) {
        load('abort').onAbort(signal, () => this.#remove(name, callback, capture));
      }
    }

    removeEventListener(type, callback, options = undefined) {
      required(2, arguments.length, 'removeEventListener');
      this.#remove(`${type}`, callback, flags(options).capture);
    }

    #remove(name, callback, capture) {
      const list = mapGet(this.#listeners, name);
      if (list === undefined) return;
      for (let i = 0; i < list.length; i++) {
        if (list[i].callback === callback && list[i].capture === capture) {
          list[i].removed = true;
          splice(list, i, 1);
          return;
        }
      }
    }

    dispatchEvent(event) {
      if (event === null || typeof event !== 'object' || !(#listeners in this)) {
        throw new TypeError('The "event" argument must be an instance of Event.');
      }
      let state;
      try {
        state = marks(event);
      } catch {
        throw new TypeError('The "event" argument must be an instance of Event.');
      }
      if (state.dispatching) {
        throw new DOMException('The event is already being dispatched', 'InvalidStateError');
      }
      this.#fire(event, state);
      return !event.defaultPrevented;
    }

    #fire(event, state) {
      state.target = this;
      state.current = this;
      state.dispatching = true;
      const list = mapGet(this.#listeners, event.type);
      if (list !== undefined) {
        const listeners = slice(list);
        for (let i = 0; i < listeners.length && !state.stop; i++) {
          const listener = listeners[i];
          if (listener.removed) continue;
          if (listener.once) this.#remove(event.type, listener.callback, listener.capture);
          state.passive = listener.passive;
          call(listener.callback, this, event);
          state.passive = false;
        }
      }
      state.current = null;
      state.dispatching = false;
      state.halt = false;
      state.stop = false;
    }
  }
  expose(EventTarget);
  defineProperty(EventTarget.prototype, inspectCustom, {
    value(depth, options, inspect) {
      return `${this.constructor?.name ?? 'EventTarget'} ${inspect({}, options)}`;
    },
    configurable: true,
    writable: true,
  });

  // What a listener throws must not stop the others; it is reported where uncaught errors go.
  function call(callback, target, event) {
    try {
      if (typeof callback === 'function') apply(callback, target, [event]);
      else {
        const { handleEvent } = callback;
        apply(handleEvent, callback, [event]);
      }
    } catch (error) {
      native.report(error);
    }
  }

  // `target.on<name>`, as an accessor whose listener keeps its place among the others.
  function handler(Class, name) {
    const key = `on${name}`;
    const slots = new WeakMap();
    const slotGet = uncurry(WeakMap.prototype.get);
    const slotSet = uncurry(WeakMap.prototype.set);
    defineProperty(Class.prototype, key, {
      get() { return slotGet(slots, this)?.value ?? null; },
      set(value) {
        let slot = slotGet(slots, this);
        const usable = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : null;
        if (slot === undefined) {
          if (usable === null) return;
          slot = { value: usable, on: false, listener: undefined };
          slot.listener = (event) => { if (typeof slot.value === 'function') apply(slot.value, this, [event]); };
          slotSet(slots, this, slot);
        }
        slot.value = usable;
        if (usable !== null && !slot.on) {
          slot.on = true;
          this.addEventListener(name, slot.listener);
        } else if (usable === null && slot.on) {
          slot.on = false;
          this.removeEventListener(name, slot.listener);
        }
      },
      enumerable: true,
      configurable: true,
    });
  }

  const trust = (event) => { marks(event).trusted = true; return event; };
  return { Event, CustomEvent, EventTarget, handler, trust };
}
