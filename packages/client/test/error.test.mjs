import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { createClient, isSantokitError, SantokitError } from "@santokit/client";
import { failure, problem, withServer } from "./support/server.mjs";

const cjs = createRequire(import.meta.url)("@santokit/client");

test("a problem document becomes an error with all of its parts", () =>
  withServer(
    (_, response) =>
      problem(response, 400, "invalid_params", {
        detail: "`id` is not a uuid",
        errors: [{ pointer: "/id", code: "type", detail: "not a uuid" }],
      }),
    async ({ baseUrl }) => {
      const error = await failure(createClient({ baseUrl }).logic.users.get({ id: "x" }));
      assert.ok(error instanceof SantokitError && error instanceof Error);
      assert.equal(error.name, "SantokitError");
      assert.equal(error.code, "invalid_params");
      assert.equal(error.status, 400);
      assert.equal(error.path, "users/get");
      assert.equal(error.title, "title of invalid_params");
      assert.equal(error.detail, "`id` is not a uuid");
      assert.equal(error.message, "users/get: `id` is not a uuid");
      assert.equal(error.requestId, "req-1");
      assert.deepEqual(error.details.errors, [{ pointer: "/id", code: "type", detail: "not a uuid" }]);
    },
  ));

test("a constraint's name is in the details, the title is the message where there is no detail", () =>
  withServer(
    (_, response) => problem(response, 409, "unique_violation", { constraint: "users_email_key" }),
    async ({ baseUrl }) => {
      const error = await failure(createClient({ baseUrl }).logic.users.create({}));
      assert.equal(error.details.constraint, "users_email_key");
      assert.equal(error.message, "users/create: title of unique_violation");
    },
  ));

test("the request id comes from the header where the body has none", () =>
  withServer(
    (_, response) => problem(response, 500, "internal", { requestId: undefined }, { "x-request-id": "from-header" }),
    async ({ baseUrl }) => {
      assert.equal((await failure(createClient({ baseUrl }).logic.a())).requestId, "from-header");
    },
  ));

for (const [what, status, body] of [
  ["an HTML page", 200, "<html>"],
  ["an empty 200", 200, ""],
  ["cut-off JSON", 200, '{"id":'],
  ["a proxy's 502", 502, "Bad gateway"],
  ["an error without a code", 404, '{"message":"no"}'],
  ["an error that is JSON null", 500, "null"],
]) {
  test(`${what} is a bad_response with its status`, () =>
    withServer(
      (_, response) => void response.writeHead(status, { "x-request-id": "r9" }).end(body),
      async ({ baseUrl }) => {
        const error = await failure(createClient({ baseUrl }).logic.a());
        assert.equal(error.code, "bad_response");
        assert.equal(error.status, status);
        assert.equal(error.requestId, "r9");
      },
    ));
}

test("no connection is a network error without a status", async () => {
  const baseUrl = await withServer(() => null, async (server) => server.baseUrl);
  const error = await failure(createClient({ baseUrl }).logic.a());
  assert.equal(error.code, "network");
  assert.equal(error.status, undefined);
  assert.ok(error.cause instanceof Error);
});

test("a connection that breaks in the middle of the answer is a network error", () =>
  withServer(
    (_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"id":');
      setImmediate(() => response.destroy());
    },
    async ({ baseUrl }) => {
      assert.equal((await failure(createClient({ baseUrl }).logic.a())).code, "network");
    },
  ));

test("isSantokitError tells codes apart, knows errors of the other copy, and takes anything", async () => {
  const error = await failure(cjs.createClient().logic.a());
  assert.ok(isSantokitError(error), "an error of the CommonJS copy");
  assert.ok(isSantokitError(error, "no_base_url"));
  assert.ok(!isSantokitError(error, "network"));
  for (const other of [null, undefined, 1, "x", {}, new Error("x"), { code: "network" }]) {
    assert.ok(!isSantokitError(other), String(other));
  }
});
