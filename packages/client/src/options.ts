/** What `stk sync` tells the client of the logic it was typed against. */
export interface ClientManifest {
  /** Sent as `x-santokit-manifest`. */
  readonly hash: string;
  /** Paths of the logic that may be repeated without harm. */
  readonly readOnly: readonly string[];
}

/** Gives the access token of a call; null: call without one. */
export type TokenProvider = (request: {
  /** True once after a 401: the token given before is no longer accepted, so get a new one. */
  readonly refresh: boolean;
}) => string | null | undefined | Promise<string | null | undefined>;

/** The part of the platform's `fetch` that is used. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string; signal: any },
) => Promise<ResponseLike>;

export interface ResponseLike {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export interface ClientOptions {
  /** Where the Server is, such as `https://api.example.com`. Calls go to `{baseUrl}/call`. */
  baseUrl?: string | undefined;
  /** The access token, or a function that gives it; it is asked on every call. */
  token?: string | TokenProvider | null | undefined;
  /** Sent with every call; a function is asked on every call. For SSR, forward the incoming request's headers here. */
  headers?:
    | Santokit.HeadersLike
    | (() => Santokit.HeadersLike | Promise<Santokit.HeadersLike>)
    | undefined;
  /** Milliseconds for a whole call, retries included; 0: no limit. Default: 30,000. */
  timeout?: number | undefined;
  /** How often a call that may be repeated is tried again after a network error, 429, 502, 503 or 504. Default: 2. */
  retries?: number | undefined;
  /** Default: the platform's. */
  fetch?: FetchLike | undefined;
  /** Default: what `stk sync` wrote. Null for a backend other than the synced one. */
  manifest?: ClientManifest | null | undefined;
}
