import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { createClient } from "@santokit/client";
import { failure, problem, withServer } from "./support/server.mjs";

/** A server that never answers, and a promise of its first request. */
function silence() {
  let arrived;
  const first = new Promise((resolve) => (arrived = resolve));
  const closed = new Promise((resolve) => first.then((response) => response.on("close", resolve)));
  return { first, closed, answer: (_, response) => void arrived(response) };
}

test("aborting a call ends it with the caller's reason and closes the request", () => {
  const { first, closed, answer } = silence();
  return withServer(answer, async ({ baseUrl }) => {
    const controller = new AbortController();
    const call = failure(createClient({ baseUrl }).logic.slow({}, { signal: controller.signal }));
    await first;
    controller.abort("the user left");
    const error = await call;
    assert.equal(error.code, "aborted");
    assert.equal(error.cause, "the user left");
    await closed;
  });
});

test("a signal that is aborted already sends nothing", () =>
  withServer(() => null, async ({ baseUrl, calls }) => {
    const error = await failure(createClient({ baseUrl }).logic.a({}, { signal: AbortSignal.abort() }));
    assert.equal(error.code, "aborted");
    assert.equal(calls.length, 0);
  }));

test("a call that has ended lets go of the signal", () =>
  withServer(() => null, async ({ baseUrl }) => {
    const { signal } = new AbortController();
    await createClient({ baseUrl }).logic.a({}, { signal });
    assert.equal(getEventListeners(signal, "abort").length, 0);
  }));

for (const [whose, client, call] of [["client", { timeout: 30 }, {}], ["call", { timeout: 60_000 }, { timeout: 30 }]]) {
  test(`the ${whose}'s timeout ends a call and closes the request`, () => {
    const { closed, answer } = silence();
    return withServer(answer, async ({ baseUrl }) => {
      const error = await failure(createClient({ baseUrl, ...client }).logic.slow({}, call));
      assert.equal(error.code, "timeout");
      assert.equal(error.status, undefined);
      assert.match(error.message, /30 ms/);
      await closed;
    });
  });
}

test("the timeout holds for an answer that starts and does not end", () =>
  withServer(
    (_, response) => void response.writeHead(200).write("["),
    async ({ baseUrl }) => {
      assert.equal((await failure(createClient({ baseUrl, timeout: 50 }).logic.slow())).code, "timeout");
    },
  ));

test("the timeout holds for a token provider that never answers", async () => {
  const client = createClient({ baseUrl: "http://unused", timeout: 30, token: () => new Promise(() => {}) });
  assert.equal((await failure(client.logic.a())).code, "timeout");
});

test("a timeout of 0 is none", () =>
  withServer(() => "answered", async ({ baseUrl }) => {
    assert.equal(await createClient({ baseUrl, timeout: 0 }).logic.a(), "answered");
  }));

test("aborting ends the wait before another try", () => {
  let failed;
  const first = new Promise((resolve) => (failed = resolve));
  const answer = (_, response) => {
    problem(response, 503, "unavailable", {}, { "retry-after": "20" });
    failed();
  };
  return withServer(answer, async ({ baseUrl, calls }) => {
    const controller = new AbortController();
    const call = failure(createClient({ baseUrl }).logic.a({}, { idempotent: true, signal: controller.signal }));
    await first;
    controller.abort();
    assert.equal((await call).code, "aborted");
    assert.equal(calls.length, 1);
  });
});
