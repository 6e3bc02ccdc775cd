import { resultOf, type Answer } from "./answer.js";
import { Deadline } from "./deadline.js";
import { SantokitError } from "./error.js";
import { manifest as syncedManifest } from "./manifest.js";
import type { ClientOptions } from "./options.js";
import { isTransient, retryDelayMs } from "./retry.js";
import type { TokenSource } from "./token.js";

const TIMEOUT_MS = 30_000;
const RETRIES = 2;

/** Headers that belong to one connection or body; SSR code that forwards all of a request's headers has them too. */
const OF_THE_CONNECTION = /^(host|connection|keep-alive|te|upgrade|expect|accept-encoding|(content|transfer)-(length|encoding))$/i;

/** Calls one logic: waits, retries and refreshes the token as the options say. */
export async function call(
  tokens: TokenSource,
  path: string,
  params: unknown,
  callOptions: Santokit.CallOptions,
): Promise<unknown> {
  const { options } = tokens;
  const { timeout = options.timeout ?? TIMEOUT_MS, retries = options.retries ?? RETRIES } = callOptions;
  const manifest = options.manifest === undefined ? syncedManifest : options.manifest;
  const repeatable = callOptions.idempotent ?? manifest?.readOnly.includes(path) ?? false;
  const request = {
    path,
    url: callUrl(path, options),
    body: JSON.stringify({ path, params: params ?? {} }, bigintAsText),
    headers: callOptions.headers,
    manifest: manifest?.hash,
  };

  const deadline = new Deadline(path, timeout, callOptions.signal);
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        return resultOf(path, await deadline.race(authorized(tokens, request, deadline)));
      } catch (error) {
        if (!repeatable || attempt >= retries || !isTransient(error)) throw error;
        const waited = await deadline.sleep(retryDelayMs(error, attempt));
        if (!waited) throw error;
      }
    }
  } finally {
    deadline.close();
  }
}

interface Request {
  readonly path: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Santokit.HeadersLike | undefined;
  readonly manifest: string | undefined;
}

/** Sends with the current token, and once more with a fresh one if that is refused. */
async function authorized(tokens: TokenSource, request: Request, deadline: Deadline): Promise<Answer> {
  const seen = tokens.refreshes;
  const token = await provided(request.path, tokens.current());
  const answer = await send(tokens.options, request, token, deadline);
  if (answer.status !== 401) return answer;
  const fresh = await provided(request.path, tokens.after(token, seen));
  return fresh && fresh !== token ? send(tokens.options, request, fresh, deadline) : answer;
}

async function provided<T>(path: string, token: Promise<T>): Promise<T> {
  try {
    return await token;
  } catch (cause) {
    throw new SantokitError(path, "token_failed", { detail: "the token provider failed", cause });
  }
}

/** One request, read to its end. */
async function send(
  options: ClientOptions,
  request: Request,
  token: string | null | undefined,
  { signal }: Deadline,
): Promise<Answer> {
  const headers: Record<string, string> = {};
  const { headers: base } = options;
  addHeaders(headers, typeof base === "function" ? await base() : base);
  addHeaders(headers, {
    accept: "application/json",
    "content-type": "application/json",
    "x-santokit-manifest": request.manifest,
    authorization: token ? `Bearer ${token}` : undefined,
  });
  addHeaders(headers, request.headers);
  signal.throwIfAborted();
  try {
    const response = await (options.fetch ?? fetch)(request.url, { method: "POST", headers, body: request.body, signal });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (cause) {
    throw new SantokitError(request.path, "network", { detail: "the Server can not be reached", cause });
  }
}

function addHeaders(to: Record<string, string>, from: Santokit.HeadersLike | undefined): void {
  if (!from) return;
  const entries: [string, string | undefined][] = [];
  if (typeof from.forEach === "function") from.forEach((value, name) => entries.push([name, value]));
  else entries.push(...Object.entries(from as Record<string, string | undefined>));
  for (const [name, value] of entries) {
    if (value !== undefined && !OF_THE_CONNECTION.test(name)) to[name.toLowerCase()] = value;
  }
}

function callUrl(path: string, { baseUrl }: ClientOptions): string {
  const base = baseUrl ?? (globalThis as any).process?.env?.STK_URL;
  if (typeof base === "string") return `${base.replace(/\/+$/, "")}/call`;
  throw new SantokitError(path, "no_base_url", {
    detail: "the client has no base URL: stk.configure({ baseUrl }), or STK_URL in the environment",
  });
}

/** JSON has no bigint; params of that type are sent as decimal text. */
const bigintAsText = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
