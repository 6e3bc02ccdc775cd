import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@santokit/client";
import { failure, problem, withServer } from "./support/server.mjs";

const manifest = { hash: "00".repeat(32), readOnly: ["users/get"] };

/** Fails `times` times with the status, then answers. */
const failing = (status, times, headers = { "retry-after": "0" }) => (call, response) =>
  call.index < times ? problem(response, status, "unavailable", {}, headers) : "answered";

for (const status of [429, 502, 503, 504]) {
  test(`read-only logic is called again after ${status}`, () =>
    withServer(failing(status, 2), async ({ baseUrl, calls }) => {
      assert.equal(await createClient({ baseUrl, manifest }).logic.users.get(), "answered");
      assert.equal(calls.length, 3);
    }));
}

for (const status of [400, 401, 403, 404, 409, 413, 500]) {
  test(`nothing is called again after ${status}`, () =>
    withServer(failing(status, 9), async ({ baseUrl, calls }) => {
      assert.equal((await failure(createClient({ baseUrl, manifest }).logic.users.get())).status, status);
      assert.equal(calls.length, 1);
    }));
}

test("logic that is not known to be read-only is called once", () =>
  withServer(failing(503, 9), async ({ baseUrl, calls }) => {
    const error = await failure(createClient({ baseUrl, manifest }).logic.users.create());
    assert.equal(error.code, "unavailable");
    assert.equal(error.retryAfterMs, 0);
    await failure(createClient({ baseUrl }).logic.users.get());
    assert.equal(calls.length, 2);
  }));

test("the caller's word wins over what is known", () =>
  withServer(failing(503, 99), async ({ baseUrl, calls }) => {
    const { logic } = createClient({ baseUrl, manifest });
    await failure(logic.users.create({}, { idempotent: true }));
    assert.equal(calls.length, 3);
    await failure(logic.users.get({}, { idempotent: false }));
    assert.equal(calls.length, 4);
  }));

test("retries are counted, by the client's and by the call's number", () =>
  withServer(failing(503, 99), async ({ baseUrl, calls }) => {
    const { logic } = createClient({ baseUrl, manifest, retries: 1 });
    await failure(logic.users.get());
    assert.equal(calls.length, 2);
    await failure(logic.users.get({}, { retries: 0 }));
    assert.equal(calls.length, 3);
    await failure(logic.users.get({}, { retries: 4 }));
    assert.equal(calls.length, 8);
  }));

test("a broken connection is tried again for idempotent calls only", () =>
  withServer(
    (call, response) => (call.index % 2 === 0 ? void response.destroy() : "answered"),
    async ({ baseUrl }) => {
      const { logic } = createClient({ baseUrl, manifest });
      assert.equal((await failure(logic.users.create())).code, "network");
      await logic.users.create();
      assert.equal(await logic.users.get(), "answered");
    },
  ));

test("Retry-After is waited for, in seconds and as a date", async () => {
  const inTwoSeconds = () => new Date(Date.now() + 2_000).toUTCString();
  for (const valueNow of [() => "1", inTwoSeconds]) {
    const value = valueNow();
    await withServer(failing(503, 1, { "retry-after": value }), async ({ baseUrl }) => {
      const start = performance.now();
      assert.equal(await createClient({ baseUrl, manifest }).logic.users.get(), "answered");
      assert.ok(performance.now() - start >= 900, `answered after ${performance.now() - start} ms for ${value}`);
    });
  }
});

test("a Retry-After past the timeout is not waited for", () =>
  withServer(failing(429, 9, { "retry-after": "3600" }), async ({ baseUrl, calls }) => {
    for (const timeout of [5_000, 0]) {
      const error = await failure(createClient({ baseUrl, manifest, timeout }).logic.users.get());
      assert.equal(error.status, 429);
      assert.equal(error.retryAfterMs, 3_600_000);
    }
    assert.equal(calls.length, 2);
  }));

test("without Retry-After the waits grow and differ", async () => {
  const retries = 8;
  const waits = Array.from({ length: retries }, () => []);
  let attempt;
  const fetch = async () => ((attempt += 1), new Response('{"code":"unavailable"}', { status: 503 }));
  const { logic } = createClient({ baseUrl: "http://unused", fetch, timeout: 0, retries });

  const original = globalThis.setTimeout;
  let seen;
  globalThis.setTimeout = (run, ms) => {
    // The client's wait is the first timer after an answer; others are the platform's own.
    if (attempt === seen) return original(run, ms);
    waits[attempt].push(ms);
    seen = attempt;
    return original(run, 0);
  };
  try {
    for (let i = 0; i < 20; i++) {
      attempt = seen = -1;
      await failure(logic.a({}, { idempotent: true }));
    }
  } finally {
    globalThis.setTimeout = original;
  }

  for (const [n, ms] of waits.entries()) {
    assert.equal(ms.length, 20);
    assert.ok(Math.max(...ms) <= Math.min(5_000, 200 * 2 ** n), `wait ${n}: ${Math.max(...ms)} ms`);
    assert.equal(new Set(ms).size, 20, "jitter");
  }
  assert.ok(Math.max(...waits[4]) > 1_000, `the fifth waits reach ${Math.max(...waits[4])} ms`);
});
