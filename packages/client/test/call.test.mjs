import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as esm from "@santokit/client";
import { json, withServer } from "./support/server.mjs";

const { createClient } = esm;
const cjs = createRequire(import.meta.url)("@santokit/client");

for (const [format, client] of [["ESM", esm], ["CommonJS", cjs]]) {
  test(`${format}: a call posts path and params and gives the bare result`, () =>
    withServer(
      (call) => ({ id: call.params.id }),
      async ({ baseUrl, calls }) => {
        const stk = client.createClient({ baseUrl });
        assert.deepEqual(await stk.logic.users.get({ id: "u1" }), { id: "u1" });
        const [call] = calls;
        assert.equal(call.method, "POST");
        assert.equal(call.url, "/call");
        assert.equal(call.path, "users/get");
        assert.deepEqual(call.params, { id: "u1" });
        assert.equal(call.headers["content-type"], "application/json");
        assert.equal(call.headers.authorization, undefined);
        assert.equal(call.headers["x-santokit-manifest"], undefined);
      },
    ));
}

test("a call without params sends an empty object", () =>
  withServer(() => [], async ({ baseUrl, calls }) => {
    await createClient({ baseUrl: `${baseUrl}/` }).logic.ping();
    assert.deepEqual(calls[0].params, {});
    assert.equal(calls[0].url, "/call");
  }));

test("204 gives undefined, JSON null gives null, and values come as they are", () =>
  withServer(
    ({ path }, response) => {
      if (path === "none") return void response.writeHead(204).end();
      json(response, 200, { nothing: null, value: 7, text: "", no: false, many: [] }[path]);
    },
    async ({ baseUrl }) => {
      const { logic } = createClient({ baseUrl });
      assert.equal(await logic.none(), undefined);
      assert.equal(await logic.nothing(), null);
      assert.equal(await logic.value(), 7);
      assert.equal(await logic.text(), "");
      assert.equal(await logic.no(), false);
      assert.deepEqual(await logic.many(), []);
    },
  ));

test("bigint params are sent as decimal text, dates as RFC 3339, undefined not at all", () =>
  withServer(() => null, async ({ baseUrl, calls }) => {
    await createClient({ baseUrl }).logic.a.b({ n: 2n ** 62n, at: new Date(0), none: undefined, nil: null });
    assert.deepEqual(calls[0].params, { n: "4611686018427387904", at: "1970-01-01T00:00:00.000Z", nil: null });
  }));

test("params that JSON can not hold fail without a request", () =>
  withServer(() => null, async ({ baseUrl, calls }) => {
    const circular = {};
    circular.self = circular;
    await assert.rejects(createClient({ baseUrl }).logic.a.b({ circular }), TypeError);
    assert.equal(calls.length, 0);
  }));

test("headers of the client and of the call are sent, the call's win", () =>
  withServer(() => null, async ({ baseUrl, calls }) => {
    const { logic } = createClient({ baseUrl, headers: { "X-A": "client", "x-b": "client", "x-c": undefined } });
    await logic.a({}, { headers: new Headers({ "x-a": "call" }) });
    assert.equal(calls[0].headers["x-a"], "call");
    assert.equal(calls[0].headers["x-b"], "client");
    assert.equal(calls[0].headers["x-c"], undefined);
  }));

test("SSR: all headers of an incoming request can be forwarded, asked anew on each call", () =>
  withServer(() => null, async ({ baseUrl, calls }) => {
    let cookie = "s=1";
    const incoming = () => new Headers({ cookie, "content-length": "9999", "content-encoding": "gzip", "x-forwarded-for": "1.2.3.4" });
    const { logic } = createClient({ baseUrl, headers: async () => incoming() });
    await logic.a();
    cookie = "s=2";
    await logic.a();
    assert.equal(calls[0].headers.cookie, "s=1");
    assert.equal(calls[1].headers.cookie, "s=2");
    assert.equal(calls[0].headers["x-forwarded-for"], "1.2.3.4");
    assert.notEqual(calls[0].headers["content-length"], "9999");
  }));

test("the manifest's hash is sent when it is known, and null says that it is another backend's", () =>
  withServer(() => null, async ({ baseUrl, calls }) => {
    const manifest = { hash: "ab".repeat(32), readOnly: [] };
    await createClient({ baseUrl, manifest }).logic.a();
    await createClient({ baseUrl, manifest: null }).logic.a();
    assert.equal(calls[0].headers["x-santokit-manifest"], manifest.hash);
    assert.equal(calls[1].headers["x-santokit-manifest"], undefined);
  }));

test("configure changes what it names for later calls and keeps the rest", () =>
  withServer(() => null, async ({ baseUrl, calls }) => {
    const client = createClient({ baseUrl, headers: { "x-a": "1" } });
    const { get } = client.logic.users;
    client.configure({ token: "t1" });
    await get();
    assert.equal(calls[0].headers["x-a"], "1");
    assert.equal(calls[0].headers.authorization, "Bearer t1");
  }));

test("a fetch of the app's own is used", async () => {
  const seen = [];
  const fetch = async (url, init) => {
    seen.push([url, JSON.parse(init.body).path]);
    return new Response('{"ok":true}');
  };
  assert.deepEqual(await createClient({ baseUrl: "/api", fetch }).logic.x.y(), { ok: true });
  assert.deepEqual(seen, [["/api/call", "x/y"]]);
});

test("the ready client takes its base URL from STK_URL or from configure, and says so without", () =>
  withServer(() => 1, async ({ baseUrl }) => {
    const { stk, isSantokitError } = esm;
    delete process.env.STK_URL;
    await assert.rejects(stk.logic.a(), (error) => isSantokitError(error, "no_base_url") && /STK_URL/.test(error.message));
    process.env.STK_URL = baseUrl;
    assert.equal(await stk.logic.a(), 1);
    delete process.env.STK_URL;
    stk.configure({ baseUrl });
    assert.equal(await stk.logic.a(), 1);
    stk.configure({ baseUrl: undefined });
  }));
