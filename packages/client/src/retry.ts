import { SantokitError } from "./error.js";

const FIRST_MS = 200;
const MAX_MS = 5_000;

/** Whether the failure may pass by itself. */
export function isTransient(error: unknown): error is SantokitError {
  if (!(error instanceof SantokitError)) return false;
  return error.code === "network" || [429, 502, 503, 504].includes(error.status ?? 0);
}

/** How long to wait before the next try: what the Server asks for, else exponential with full jitter. */
export function retryDelayMs(error: SantokitError, attempt: number): number {
  return error.retryAfterMs ?? Math.random() * Math.min(MAX_MS, FIRST_MS * 2 ** attempt);
}

/** `Retry-After` (RFC 9110): seconds or an HTTP date. */
export function parseRetryAfterMs(value: string | null): number | undefined {
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
