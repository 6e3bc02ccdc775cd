import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@santokit/client";
import { failure, problem, withServer } from "./support/server.mjs";

/** Accepts one token, and answers with it. */
const accepting = (valid) => (call, response) =>
  call.headers.authorization === `Bearer ${valid}` ? { token: valid } : problem(response, 401, "unauthorized");

/** A session as an app keeps it: gives what it has, refreshes to `next`. */
function session(stored, next) {
  const asked = [];
  const token = async ({ refresh }) => {
    asked.push(refresh);
    if (refresh) {
      await new Promise(setImmediate);
      stored = next;
    }
    return stored;
  };
  return { token, refreshes: () => asked.filter(Boolean).length, asked };
}

test("a fixed token is sent, and a 401 is not tried again", () =>
  withServer(accepting("good"), async ({ baseUrl, calls }) => {
    assert.deepEqual(await createClient({ baseUrl, token: "good" }).logic.a(), { token: "good" });
    assert.equal((await failure(createClient({ baseUrl, token: "bad" }).logic.a())).code, "unauthorized");
    assert.equal(calls.length, 2);
  }));

test("the provider is asked on every call, and null sends no token", () =>
  withServer((call) => call.headers.authorization ?? "none", async ({ baseUrl }) => {
    const tokens = ["one", "two", null];
    const { logic } = createClient({ baseUrl, token: () => tokens.shift() });
    assert.equal(await logic.a(), "Bearer one");
    assert.equal(await logic.a(), "Bearer two");
    assert.equal(await logic.a(), "none");
  }));

test("a 401 refreshes the token and calls once more, also logic that writes", () =>
  withServer(accepting("new"), async ({ baseUrl, calls }) => {
    const { token, asked } = session("old", "new");
    assert.deepEqual(await createClient({ baseUrl, token }).logic.orders.create(), { token: "new" });
    assert.deepEqual(asked, [false, true]);
    assert.equal(calls.length, 2);
  }));

test("parallel calls that get 401 refresh once", () =>
  withServer(accepting("new"), async ({ baseUrl }) => {
    const { token, refreshes } = session("old", "new");
    const { logic } = createClient({ baseUrl, token });
    await Promise.all(Array.from({ length: 20 }, () => logic.a()));
    assert.equal(refreshes(), 1);
  }));

test("a 401 that comes after another call's refresh takes that token", () => {
  const held = [];
  let refreshed;
  const secondArrived = new Promise((resolve) => (refreshed = resolve));
  const answer = (call, response) => {
    if (call.headers.authorization === "Bearer new") return "answered";
    if (call.path === "late") return void (held.push(response), refreshed());
    problem(response, 401, "unauthorized");
  };
  return withServer(answer, async ({ baseUrl }) => {
    const { token, refreshes } = session("old", "new");
    const { logic } = createClient({ baseUrl, token });
    const late = logic.late();
    await secondArrived;
    assert.equal(await logic.early(), "answered");
    problem(held[0], 401, "unauthorized");
    assert.equal(await late, "answered");
    assert.equal(refreshes(), 1);
  });
});

test("a refresh that gives nothing, or the same token, ends with the Server's 401", () =>
  withServer(accepting("good"), async ({ baseUrl, calls }) => {
    for (const next of [null, "old"]) {
      const error = await failure(createClient({ baseUrl, token: session("old", next).token }).logic.a());
      assert.equal(error.code, "unauthorized");
      assert.equal(error.requestId, "req-1");
    }
    assert.equal(calls.length, 2);
  }));

test("a fresh token that is refused too is not refreshed again", () =>
  withServer(accepting("good"), async ({ baseUrl, calls }) => {
    const { token, refreshes } = session("old", "also bad");
    assert.equal((await failure(createClient({ baseUrl, token }).logic.a())).code, "unauthorized");
    assert.equal(refreshes(), 1);
    assert.equal(calls.length, 2);
  }));

test("a later 401 refreshes again", () => {
  let valid = "two";
  return withServer((call, response) => accepting(valid)(call, response), async ({ baseUrl }) => {
    let stored = "one";
    const token = ({ refresh }) => (refresh ? (stored = valid) : stored);
    const { logic } = createClient({ baseUrl, token });
    assert.deepEqual(await logic.a(), { token: "two" });
    valid = "three";
    assert.deepEqual(await logic.a(), { token: "three" });
  });
});

test("a provider that fails is told apart, and the next call asks it again", () =>
  withServer(() => "answered", async ({ baseUrl, calls }) => {
    const cause = new Error("storage is locked");
    let fails = true;
    const token = () => {
      if (fails) throw cause;
      return "t";
    };
    const { logic } = createClient({ baseUrl, token });
    const error = await failure(logic.a());
    assert.equal(error.code, "token_failed");
    assert.equal(error.cause, cause);
    assert.equal(calls.length, 0);
    fails = false;
    assert.equal(await logic.a(), "answered");
  }));

test("a failed refresh fails the waiting calls, and the next one refreshes again", () =>
  withServer(accepting("new"), async ({ baseUrl }) => {
    let refreshes = 0;
    const token = async ({ refresh }) => {
      if (!refresh) return "old";
      if (++refreshes === 1) throw new Error("identity provider is down");
      return "new";
    };
    const { logic } = createClient({ baseUrl, token });
    assert.equal((await failure(logic.a())).code, "token_failed");
    assert.deepEqual(await logic.a(), { token: "new" });
  }));

test("one caller's abort does not stop a refresh that others wait for", () =>
  withServer(accepting("new"), async ({ baseUrl }) => {
    let started, finish;
    const refreshing = new Promise((resolve) => (started = resolve));
    const fresh = new Promise((resolve) => (finish = resolve));
    const token = ({ refresh }) => (refresh ? (started(), fresh) : "old");
    const { logic } = createClient({ baseUrl, token });
    const controller = new AbortController();
    const leaving = failure(logic.a({}, { signal: controller.signal }));
    const staying = logic.a();
    await refreshing;
    controller.abort();
    assert.equal((await leaving).code, "aborted");
    finish("new");
    assert.deepEqual(await staying, { token: "new" });
  }));
