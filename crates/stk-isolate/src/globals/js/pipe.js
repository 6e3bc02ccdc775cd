// ReadableStream.pipeTo: moves chunks until one end closes, fails or the signal says so.
export default function (native, load, uncurry) {
  const { then, deferred, handled, nothing } = load('webidl');
  const R = load('readable');
  const W = load('writable');

  function pipe(source, destination, options) {
    const preventClose = !!options?.preventClose;
    const preventAbort = !!options?.preventAbort;
    const preventCancel = !!options?.preventCancel;
    const signal = options?.signal;
    if (signal !== undefined && !load('abort').isSignal(signal)) {
      return R.rejected(new TypeError('The "options.signal" property must be an instance of AbortSignal.'));
    }
    const from = R.stateOf(source);
    const to = W.stateOf(destination);
    const reader = R.acquire(source);
    const writer = W.acquire(destination);
    from.disturbed = true;
    const outcome = deferred();
    let ending = false;
    let lastWrite = R.resolved(undefined);
    let forget = nothing;

    const finish = (failed, error) => {
      W.release(writer);
      R.release(reader);
      forget();
      if (failed) outcome.reject(error);
      else outcome.resolve(undefined);
    };

    // Runs the action after the last write, then settles with the error, if there is one.
    const shutdown = (action, failed, error) => {
      if (ending) return;
      ending = true;
      const act = () => {
        if (action === undefined) finish(failed, error);
        else then(action(), () => finish(failed, error), (other) => finish(true, other));
      };
      if (to.status === 'writable' && !W.closeQueued(to)) then(lastWrite, act, act);
      else act();
    };

    const onSourceError = (error) => shutdown(preventAbort ? undefined : () => W.abortStream(to, error), true, error);
    const onTargetError = (error) => shutdown(preventCancel ? undefined : () => R.cancelStream(from, error), true, error);
    const onSourceClose = () => shutdown(preventClose ? undefined : () => closeGently(to), false, undefined);

    if (signal !== undefined) {
      const stop = () => {
        const { reason } = signal;
        shutdown(() => then(Promise.all([
          preventAbort || to.status !== 'writable' ? undefined : W.abortStream(to, reason),
          preventCancel || from.status !== 'readable' ? undefined : R.cancelStream(from, reason),
        ]), nothing), true, reason);
      };
      if (signal.aborted) {
        stop();
        return outcome.promise;
      }
      forget = load('abort').onAbort(signal, stop);
    }

    if (from.status === 'errored') onSourceError(from.error);
    else then(reader.closed.promise, nothing, onSourceError);
    if (to.status === 'errored' || to.status === 'erroring') onTargetError(to.error);
    else then(writer.closed.promise, nothing, onTargetError);
    if (from.status === 'closed') onSourceClose();
    if (W.closeQueued(to) || to.status === 'closed') {
      const error = new TypeError('Invalid state: Destination WritableStream is closed');
      shutdown(preventCancel ? undefined : () => R.cancelStream(from, error), true, error);
    }

    const step = () => {
      if (ending) return;
      then(writer.ready.promise, () => {
        if (ending) return;
        R.read(reader, {
          chunk(chunk) {
            lastWrite = handled(W.write(writer, chunk));
            then(R.resolved(undefined), step);
          },
          close: onSourceClose,
          error: nothing,
        });
      }, nothing);
    };
    step();
    return outcome.promise;
  }

  function closeGently(to) {
    if (W.closeQueued(to) || to.status === 'closed') return R.resolved(undefined);
    if (to.status === 'errored') return R.rejected(to.error);
    return W.closeStream(to);
  }

  return { pipe, isWritable: W.isWritable };
}
