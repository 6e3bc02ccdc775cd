import { SantokitError, type ErrorDetails } from "./error.js";
import type { ResponseLike } from "./options.js";
import { parseRetryAfterMs } from "./retry.js";

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: ResponseLike["headers"];
}

/** The result that an answer carries; throws the error that it carries. */
export function resultOf(path: string, answer: Answer): unknown {
  if (answer.status === 204) return undefined;
  const body = parseJson(answer.text);
  if (answer.status >= 200 && answer.status < 300 && body !== undefined) return body;
  throw failureOf(path, answer, body);
}

function failureOf(path: string, { status, headers }: Answer, body: unknown): SantokitError {
  const problem = typeof body === "object" && body !== null ? (body as ErrorDetails) : {};
  const understood = status >= 400 && typeof problem["code"] === "string";
  return new SantokitError(path, understood ? (problem["code"] as string) : "bad_response", {
    status,
    title: text(problem["title"]),
    detail: understood ? text(problem["detail"]) : `the answer (status ${status}) is not one of a Santokit Server`,
    requestId: text(problem["requestId"]) ?? headers.get("x-request-id") ?? undefined,
    retryAfterMs: parseRetryAfterMs(headers.get("retry-after")),
    details: problem,
  });
}

/** The JSON value, or undefined, which is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
