// The bundled client in a real browser, against a Server of another origin.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "./support/browser.mjs";
import { problem, startServer } from "./support/server.mjs";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type, x-santokit-manifest",
  "access-control-expose-headers": "retry-after, x-request-id",
};

test("Chromium: results, errors, abort, timeout, retries and refresh across origins", async (t) => {
  let failed = false;
  const api = await startServer((call, response) => {
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (call.method === "OPTIONS") return void response.writeHead(204).end();
    switch (call.path) {
      case "users/get":
        return { id: call.params.id, manifest: call.headers["x-santokit-manifest"] };
      case "users/save":
        return problem(response, 409, "unique_violation", { constraint: "users_email_key", requestId: undefined }, { "x-request-id": "r1" });
      case "nothing":
        return void response.writeHead(204).end();
      case "flaky":
        if (failed) return "answered";
        failed = true;
        return problem(response, 503, "unavailable", {}, { "retry-after": "0" });
      case "mine":
        return call.headers.authorization === "Bearer new" ? "mine" : problem(response, 401, "unauthorized");
      default:
        return undefined; // Never answered.
    }
  });
  t.after(() => api.close());
  const page = await openPage(t, "http://localhost:5173");

  const told = await page.evaluate(async (baseUrl) => {
    const { createClient, isSantokitError, stk } = globalThis.santokit;
    const codeOf = (promise) => promise.then(() => "no error", (error) => (isSantokitError(error) ? error.code : String(error)));
    const manifest = { hash: "ab".repeat(32), readOnly: ["flaky"] };
    let refreshes = 0;
    let stored = "old";
    const token = async ({ refresh }) => (refresh ? (refreshes++, (stored = "new")) : stored);
    const { logic } = createClient({ baseUrl, manifest });
    const mine = createClient({ baseUrl, token }).logic;
    const controller = new AbortController();
    const aborted = codeOf(logic.slow({}, { signal: controller.signal }));
    controller.abort();
    stk.configure({ baseUrl });
    return {
      one: await logic.users.get({ id: "u" }),
      none: (await logic.nothing()) === undefined,
      ready: await codeOf(stk.logic.nothing()),
      flaky: await logic.flaky(),
      violation: await logic.users.save().catch(({ code, status, requestId, details }) => [code, status, requestId, details.constraint]),
      aborted: await aborted,
      timeout: await codeOf(logic.slow({}, { timeout: 50 })),
      network: await codeOf(createClient({ baseUrl: "http://127.0.0.1:1" }).logic.a()),
      mine: await Promise.all([1, 2, 3].map(() => mine.mine())),
      refreshes,
      text: `${logic.users.get}`,
      json: JSON.stringify({ logic }),
      awaited: typeof (await logic.users),
    };
  }, api.baseUrl);

  assert.deepEqual(told, {
    one: { id: "u", manifest: "ab".repeat(32) },
    none: true,
    ready: "no error",
    flaky: "answered",
    violation: ["unique_violation", 409, "r1", "users_email_key"],
    aborted: "aborted",
    timeout: "timeout",
    network: "network",
    mine: ["mine", "mine", "mine"],
    refreshes: 1,
    text: "stk.logic.users.get",
    json: "{}",
    awaited: "function",
  });
});
