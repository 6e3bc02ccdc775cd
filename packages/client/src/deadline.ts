import { SantokitError } from "./error.js";

/** No single wait within a call is longer. */
const WAIT_MAX_MS = 60_000;

/** The longest delay that `setTimeout` takes; it fires at once past it. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The time and the patience a call has: ends everything that the call waits for when its timeout or its signal says so. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #ended: Promise<never>;
  readonly #endsAt: number;
  #end!: (error: SantokitError) => void;
  readonly #release: () => void;

  constructor(path: string, timeoutMs: number, signal: Santokit.AbortSignalLike | null | undefined) {
    this.#ended = new Promise((_, reject) => {
      this.#end = (error) => {
        reject(error);
        this.#controller.abort(error);
      };
    });
    this.#ended.catch(() => {}); // Nobody may be waiting when it ends.

    const timed = timeoutMs > 0 && timeoutMs <= TIMER_MAX_MS;
    this.#endsAt = timed ? Date.now() + timeoutMs : Infinity;
    const onTimeout = () => this.#end(new SantokitError(path, "timeout", { detail: `no answer within ${timeoutMs} ms` }));
    const onAbort = () => this.#end(new SantokitError(path, "aborted", { detail: "the call was aborted", cause: signal?.reason }));
    const timer = timed ? setTimeout(onTimeout, timeoutMs) : undefined;
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
    this.#release = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  }

  /** Aborts with the deadline. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The promise's value, unless the deadline comes first. */
  race<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([this.#ended, promise]);
  }

  /** Waits, if there is that much time; else says no at once. */
  async sleep(ms: number): Promise<boolean> {
    if (ms > WAIT_MAX_MS || Date.now() + ms >= this.#endsAt) return false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await this.race(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))));
    } finally {
      clearTimeout(timer);
    }
    return true;
  }

  /** Lets go of the timer and the caller's signal. */
  close(): void {
    this.#release();
  }
}
