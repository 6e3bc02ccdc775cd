/** Codes that the client gives itself: no answer of a Server has been understood. */
export type ClientErrorCode =
  /** No connection, or it broke before the answer was whole. */
  | "network"
  /** The caller's signal was aborted. */
  | "aborted"
  /** The call took longer than its `timeout`. (The Server's own `timeout` comes with status 504.) */
  | "timeout"
  /** The answer is not Santokit's: no JSON, or an error without a code. Often a proxy or a wrong base URL. */
  | "bad_response"
  /** The client has no base URL. */
  | "no_base_url"
  /** The token provider failed; `cause` is its error. */
  | "token_failed";

/** Codes of the Server that apps usually tell apart; any other text is possible too. */
export type ServerErrorCode =
  | "invalid_params"
  | "invalid_value"
  | "raised"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "unique_violation"
  | "foreign_key_violation"
  | "check_violation"
  | "not_null_violation"
  | "retry"
  | "rate_limited"
  | "logic_failed"
  | "internal"
  | "unavailable";

export type ErrorCode = ClientErrorCode | ServerErrorCode | (string & {});

/** What is wrong with one param. */
export interface ParamError {
  /** JSON Pointer (RFC 6901) into the params, such as `/items/0/quantity`. */
  pointer: string;
  code: string;
  detail: string;
}

/** The Server's problem document (RFC 9457), whole; empty for the client's own errors. */
export interface ErrorDetails {
  /** Of `invalid_params`. */
  errors?: ParamError[];
  /** The constraint's name, of the `…_violation` codes. */
  constraint?: string;
  [member: string]: unknown;
}

/** The parts of an error beside its code. */
export interface ErrorFields {
  status?: number | undefined;
  title?: string | undefined;
  detail?: string | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  details?: ErrorDetails;
  cause?: unknown;
}

/** Marks errors of every copy of this package: ESM and CommonJS may both be loaded in one process. */
const BRAND = Symbol.for("santokit.error");

/** Every failed call rejects with this one class. */
export class SantokitError extends Error {
  override readonly name = "SantokitError";
  /** The HTTP status; absent where there was no answer. */
  readonly status: number | undefined;
  /** A short summary, the same for every occurrence of the code. */
  readonly title: string | undefined;
  /** What happened this time. */
  readonly detail: string | undefined;
  /** Finds the call in the Server's logs. */
  readonly requestId: string | undefined;
  /** How long the Server asks to wait before another try. */
  readonly retryAfterMs: number | undefined;
  readonly details: ErrorDetails;

  constructor(
    readonly path: string,
    readonly code: ErrorCode,
    fields: ErrorFields,
  ) {
    super(`${path}: ${fields.detail ?? fields.title ?? code}`, "cause" in fields ? { cause: fields.cause } : {});
    this.status = fields.status;
    this.title = fields.title;
    this.detail = fields.detail;
    this.requestId = fields.requestId;
    this.retryAfterMs = fields.retryAfterMs;
    this.details = fields.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `error` is a {@link SantokitError}, and, if a code is given, one with that code. */
export function isSantokitError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is SantokitError & { readonly code: C } {
  const branded = typeof error === "object" && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
  return branded && (code === undefined || (error as SantokitError).code === code);
}
