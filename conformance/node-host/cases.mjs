// Cases: from their JSON to requests, and from replies to what differs. The format is in conformance/README.md.

import { createHmac } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

/** The request of a case as a host takes it. */
export function requestOf(request, environment) {
  const headers = { ...request.headers };
  const body = request.raw ?? ("body" in request ? JSON.stringify(request.body) : "");
  if (body !== "") headers["content-type"] ??= "application/json";
  if (request.token) headers.authorization = `Bearer ${mint(request.token, environment)}`;
  return {
    method: request.method ?? "POST",
    path: request.path,
    query: request.query,
    headers,
    body: new TextEncoder().encode(body),
  };
}

/** A token of the environment's own, changed as the case says. */
function mint({ header, claims, secret, unsigned, expires_in_s = 600, not_before_in_s }, environment) {
  const now = Math.floor(Date.now() / 1000);
  const whole = {
    iss: "santokit",
    aud: `${environment.project}/${environment.env}`,
    iat: now,
    exp: now + expires_in_s,
    nbf: not_before_in_s === undefined ? undefined : now + not_before_in_s,
    ...claims,
  };
  // A claim of null is one that is left out.
  for (const name of Object.keys(whole)) if (whole[name] === null) delete whole[name];
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ alg: "HS256", typ: "at+jwt", ...header })}.${encode(whole)}`;
  if (unsigned) return `${signed}.`;
  return `${signed}.${createHmac("sha256", secret ?? environment.secret).update(signed).digest("base64url")}`;
}

/** What differs from the expectation, a line each. */
export function check(reply, expect) {
  const text = new TextDecoder().decode(reply.body);
  const faults = [];
  const differs = (what, found, expected) => faults.push(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
  if (reply.status !== expect.status) differs("status", reply.status, expect.status);
  for (const [name, expected] of Object.entries(expect.headers ?? {})) {
    const found = reply.headers[name];
    // `true`: the header is there, whatever its value.
    if (expected === true ? found === undefined : found !== expected) differs(name, found, expected);
  }
  if ("text" in expect && text !== expect.text) differs("body", text, expect.text);
  if ("body" in expect && !isDeepStrictEqual(parse(text), expect.body)) differs("body", text, expect.body);
  if ("problem" in expect) faults.push(...checkProblem(reply, parse(text), expect));
  return faults;
}

function checkProblem(reply, problem, { status, problem: expected }) {
  const faults = [];
  const whole = { type: `https://santokit.dev/errors#${expected.code}`, status, ...expected };
  for (const [name, value] of Object.entries(whole)) {
    const found = name === "errors" ? problem?.errors?.map(({ pointer, code }) => ({ pointer, code })) : problem?.[name];
    if (!isDeepStrictEqual(found, value)) faults.push(`${name}: ${JSON.stringify(found)}, not ${JSON.stringify(value)}`);
  }
  if (reply.headers["content-type"] !== "application/problem+json") faults.push("the problem is not sent as one");
  for (const name of ["title", "requestId"]) if (typeof problem?.[name] !== "string") faults.push(`the problem has no ${name}`);
  return faults;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
