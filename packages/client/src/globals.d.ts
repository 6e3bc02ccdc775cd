// What an app's generated types and this package agree on; TYPES.md is the contract. Global, because a global is the one thing
// that ESM and CommonJS importers of this package see alike.

// @ts-ignore: absent before the first `stk sync`
/// <reference types=".santokit" />

/** The app's logic, one method a path. `stk sync` fills it in. */
interface SantokitLogic {}

declare namespace Santokit {
  /** Any JSON value. */
  type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

  /** The params of logic that takes none. */
  type NoParams = Record<string, never>;

  /** What may be said beside the params of one call. */
  interface CallOptions {
    /** Aborts the call, its retries and its waits; it then fails with code `aborted`. */
    signal?: AbortSignalLike | null | undefined;
    /** Milliseconds for the whole call, retries included; 0: no limit. Default: the client's. */
    timeout?: number | undefined;
    /** Sent with this call; they win over the client's. */
    headers?: HeadersLike | undefined;
    /** Says that repeating the call is harmless, so that it may be retried. Default: known for read-only logic once synced. */
    idempotent?: boolean | undefined;
    /** How often a call that may be repeated is tried again. Default: the client's. */
    retries?: number | undefined;
  }

  /** The part of the platform's `AbortSignal` that is used, so that no `lib` is required of the app. */
  interface AbortSignalLike {
    readonly aborted: boolean;
    readonly reason?: any;
    addEventListener(type: "abort", listener: () => void): void;
    removeEventListener(type: "abort", listener: () => void): void;
  }

  /** An object of headers, or the platform's `Headers`. */
  type HeadersLike =
    | { readonly [name: string]: string | undefined }
    | { forEach(callback: (value: string, name: string) => void): void };
}
