// A readable stream as an async iterable, from one, and split in two.
export default function (native, load, uncurry) {
  const { then, deferred, handled, nothing } = load('webidl');
  const R = load('readable');
  const { apply, getPrototypeOf } = Reflect;
  const { defineProperty, create: derive } = Object;
  const AsyncIteratorPrototype = getPrototypeOf(getPrototypeOf(async function* () {}).prototype);

  // One step at a time: each waits for the one before, as the standard says.
  function values(stream, preventCancel) {
    const reader = R.acquire(stream);
    let ongoing;
    let finished = false;

    const step = () => new Promise((resolve, reject) => {
      if (finished) {
        resolve({ value: undefined, done: true });
        return;
      }
      R.read(reader, {
        chunk: (value) => resolve({ value, done: false }),
        close() {
          finished = true;
          R.release(reader);
          resolve({ value: undefined, done: true });
        },
        error(error) {
          finished = true;
          R.release(reader);
          reject(error);
        },
      });
    });

    const leave = (value) => {
      if (finished) return R.resolved({ value, done: true });
      finished = true;
      let result;
      if (preventCancel) {
        R.release(reader);
        result = R.resolved(undefined);
      } else {
        result = R.cancelStream(reader.stream, value);
        R.release(reader);
      }
      return then(result, () => ({ value, done: true }));
    };

    const chain = (run) => {
      ongoing = ongoing === undefined ? run() : then(ongoing, run, run);
      return ongoing;
    };

    const iterator = derive(AsyncIteratorPrototype);
    const methods = { next: () => chain(step), return: (value) => chain(() => leave(value)) };
    defineProperty(iterator, 'next', { value: methods.next, enumerable: true, configurable: true, writable: true });
    defineProperty(iterator, 'return', { value: methods.return, enumerable: true, configurable: true, writable: true });
    return iterator;
  }

  function from(iterable) {
    if (iterable === null || iterable === undefined) throw new TypeError('The value is not iterable');
    let open = iterable[Symbol.asyncIterator];
    if (open === undefined || open === null) open = iterable[Symbol.iterator];
    if (typeof open !== 'function') throw new TypeError('The value is not iterable');
    const iterator = apply(open, iterable, []);
    const { next } = iterator;
    return R.create({
      async pull(controller) {
        const step = await apply(next, iterator, []);
        if (step === null || typeof step !== 'object') throw new TypeError('The iterator gave no object');
        if (step.done) controller.close();
        else controller.enqueue(await step.value);
      },
      async cancel(reason) {
        const stop = iterator.return;
        if (stop === undefined) return;
        const step = await apply(stop, iterator, [reason]);
        if (step === null || typeof step !== 'object') throw new TypeError('The iterator gave no object');
      },
    }, 0);
  }

  function tee(stream) {
    const reader = R.acquire(stream);
    const cancelled = deferred();
    const branches = [];
    const gone = [false, false];
    const reasons = [undefined, undefined];
    let reading = false;
    let again = false;

    const each = (run) => {
      for (let i = 0; i < 2; i++) if (!gone[i]) run(R.stateOf(branches[i]).controller);
    };
    const finish = () => {
      if (!gone[0] || !gone[1]) cancelled.resolve(undefined);
    };

    function pull() {
      if (reading) {
        again = true;
        return;
      }
      reading = true;
      R.read(reader, {
        chunk(chunk) {
          // A later turn, so that an error of the source found meanwhile is seen first.
          then(R.resolved(undefined), () => {
            again = false;
            each((c) => R.enqueue(c, chunk));
            reading = false;
            if (again) pull();
          });
        },
        close() {
          reading = false;
          each(R.closeController);
          finish();
        },
        error() { reading = false; },
      });
    }

    const cancel = (at) => (reason) => {
      gone[at] = true;
      reasons[at] = reason;
      if (gone[1 - at]) cancelled.resolve(R.cancelStream(R.stateOf(stream), [reasons[0], reasons[1]]));
      return cancelled.promise;
    };
    branches[0] = R.create({ pull, cancel: cancel(0) });
    branches[1] = R.create({ pull, cancel: cancel(1) });
    then(reader.closed.promise, nothing, (error) => {
      for (let i = 0; i < 2; i++) R.errorController(R.stateOf(branches[i]).controller, error);
      finish();
    });
    handled(cancelled.promise);
    return branches;
  }

  return { values, from, tee };
}
