// Puts the globals on `globalThis`, each as an accessor that loads its module when it is first touched.
// Runs once a realm, before anyone else's code.

const { defineProperty } = Object;
const { apply } = Reflect;
const bind = Function.prototype.bind;
const uncurry = apply(bind, bind, [Function.prototype.call]);

// Loaded at once: nearly every script touches them, and they are small.
const eager = ['webidl', 'console', 'timers'];

// Functions of the web are enumerable on the global object, classes are not.
const functions = {
  __proto__: null,
  base64: ['atob', 'btoa'],
  clock: ['performance'],
  clone: ['structuredClone'],
  crypto: ['crypto'],
  fetch: ['fetch'],
  timers: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
};
const classes = {
  __proto__: null,
  abort: ['AbortController', 'AbortSignal'],
  blob: ['Blob', 'File'],
  clock: ['Performance'],
  console: ['console'],
  crypto: ['Crypto'],
  cryptokey: ['CryptoKey'],
  events: ['Event', 'CustomEvent', 'EventTarget'],
  formdata: ['FormData'],
  headers: ['Headers'],
  queue: ['CountQueuingStrategy', 'ByteLengthQueuingStrategy'],
  readable: [
    'ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamDefaultController', 'ReadableByteStreamController',
  ],
  request: ['Request'],
  response: ['Response'],
  subtle: ['SubtleCrypto'],
  text: ['TextEncoder', 'TextDecoder'],
  transform: ['TransformStream', 'TransformStreamDefaultController', 'TextEncoderStream', 'TextDecoderStream'],
  url: ['URL', 'URLSearchParams'],
  writable: ['WritableStream', 'WritableStreamDefaultWriter', 'WritableStreamDefaultController'],
};

export default function (native, core) {
  native.operation = core.operation;
  native.setTimer = core.setTimer;
  native.clearTimer = core.clearTimer;
  native.log = core.log;
  // What nobody catches fails the run, from a turn of its own.
  native.report = (error) => core.setTimer(() => { throw error; }, 0);

  const loaded = { __proto__: null };
  const load = (name) => (loaded[name] ??= native.module(name)(native, load, uncurry));

  const place = (name, value, enumerable) => {
    defineProperty(globalThis, name, { value, enumerable, configurable: true, writable: true });
  };
  const offer = (table, enumerable) => {
    for (const module in table) {
      for (const name of table[module]) {
        defineProperty(globalThis, name, {
          get() {
            const value = load(module)[name];
            place(name, value, enumerable);
            return value;
          },
          set(value) { place(name, value, enumerable); },
          enumerable,
          configurable: true,
        });
      }
    }
  };
  offer(functions, true);
  offer(classes, false);

  for (const name of eager) load(name);

  const resolved = Promise.resolve();
  const then = uncurry(Promise.prototype.then);
  place('self', globalThis, true);
  place('queueMicrotask', function queueMicrotask(callback) {
    if (typeof callback !== 'function') {
      const error = new TypeError('The "callback" argument must be of type function.');
      error.code = 'ERR_INVALID_ARG_TYPE';
      throw error;
    }
    then(then(resolved, () => { callback(); }), undefined, native.report);
  }, true);
}
