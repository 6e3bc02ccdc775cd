// The client against a real Server that serves examples/shop, from Node and from Chromium:
//   STK_E2E_URL=http://127.0.0.1:… STK_E2E_TOKEN="$(stk auth token --user 0a000000-0000-4000-8000-000000000001 --role user)" npm run e2e
// The seed's rows are not needed. The page's origin is one that the shop's config/http.yaml lets in.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as esm from "@santokit/client";
import { openPage } from "../support/browser.mjs";

const ORIGIN = process.env.STK_E2E_ORIGIN ?? "http://localhost:5173";

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the end-to-end test needs a Server that serves examples/shop`);
  return value;
}

/** Runs in Node and, as text, in the browser; so it uses nothing but its arguments, and gives JSON. */
async function scenario({ createClient, isSantokitError }, { baseUrl, token, orderId }) {
  const failure = async (promise) => {
    try {
      return { result: await promise };
    } catch (error) {
      if (!isSantokitError(error)) return { foreign: String(error) };
      const { code, status, details, requestId } = error;
      return { code, status, pointer: details.errors?.[0]?.pointer, requestId: typeof requestId };
    }
  };
  const anonymous = createClient({ baseUrl }).logic;
  const { logic } = createClient({ baseUrl, token, manifest: { hash: "0".repeat(64), readOnly: [] } });
  let refreshes = 0;
  let stored = "not.a.token";
  const stale = createClient({ baseUrl, token: async ({ refresh }) => (refresh ? (refreshes++, (stored = token)) : stored) }).logic;
  const controller = new AbortController();
  controller.abort();

  const email = `e2e-${orderId}@example.com`;
  const saved = await logic.users.save({ email, name: "Ada" });
  const me = await logic.users.me();
  const products = await anonymous.products.list({ limit: 5, minPrice: "0.00", inStock: false });
  return {
    saved: { id: saved.id, email: saved.email === email, name: saved.name },
    me: { id: me.id, email: me.email === email, spent: typeof me.spent },
    products: Array.isArray(products) && products.every(({ id, price }) => typeof id === "number" && typeof price === "string"),
    count: typeof (await anonymous.products.count()),
    none: await anonymous.products.get({ sku: "NOPE-99" }),
    orders: Array.isArray(await logic.orders.list({ limit: 3, since: "2026-01-31", status: "paid" })),
    refreshed: (await Promise.all([stale.users.me(), stale.users.me(), stale.users.me()])).every(({ id }) => id === me.id),
    refreshes,
    badParam: await failure(anonymous.products.list({ limit: 1000 })),
    unknownParam: await failure(anonymous.products.list({ page: 2 })),
    unauthorized: await failure(anonymous.users.me()),
    forged: await failure(createClient({ baseUrl, token: "not.a.token" }).logic.products.count()),
    forbidden: await failure(logic.products.save({ sku: "CUP-01", name: "Cup", price: 5n })),
    noSuchLogic: await failure(logic.orders.nothing()),
    noSuchOrder: await failure(logic.orders.get({ id: orderId })),
    refusedOrder: await failure(logic.orders.create({ id: orderId, items: [{ sku: "NOPE-99", quantity: 1 }] })),
    aborted: await failure(logic.users.me({}, { signal: controller.signal })),
  };
}

const refusal = (code, status, pointer) => ({ code, status, ...(pointer && { pointer }), requestId: "string" });

const EXPECTED = {
  saved: { id: "0a000000-0000-4000-8000-000000000001", email: true, name: "Ada" },
  me: { id: "0a000000-0000-4000-8000-000000000001", email: true, spent: "string" },
  products: true,
  count: "number",
  none: null,
  orders: true,
  refreshed: true,
  refreshes: 1,
  badParam: refusal("invalid_params", 400, "/limit"),
  unknownParam: refusal("invalid_params", 400, "/page"),
  unauthorized: refusal("unauthorized", 401),
  forged: refusal("unauthorized", 401),
  forbidden: refusal("forbidden", 403),
  noSuchLogic: refusal("not_found", 404),
  noSuchOrder: refusal("not_found", 404),
  refusedOrder: refusal("not_null_violation", 409),
  aborted: { code: "aborted", requestId: "undefined" },
};

const plain = (value) => JSON.parse(JSON.stringify(value));
const input = () => ({ baseUrl: required("STK_E2E_URL"), token: required("STK_E2E_TOKEN"), orderId: crypto.randomUUID() });

for (const [format, client] of [["ESM", esm], ["CommonJS", createRequire(import.meta.url)("@santokit/client")]]) {
  test(`Node, ${format}: calls and errors of the shop`, async () => {
    assert.deepEqual(plain(await scenario(client, input())), EXPECTED);
  });
}

test("Chromium, from another origin: calls and errors of the shop", async (t) => {
  const arguments_ = input();
  const page = await openPage(t, ORIGIN);
  const told = await page.evaluate(`(${scenario})(globalThis.santokit, ${JSON.stringify(arguments_)})`);
  assert.deepEqual(plain(told), EXPECTED);
});
