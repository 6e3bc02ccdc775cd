import assert from "node:assert/strict";
import { format, inspect, isDeepStrictEqual } from "node:util";
import { test } from "node:test";
import { createClient } from "@santokit/client";

/** A client that fails the test when anything is sent. */
function silent() {
  const sent = [];
  const fetch = async (_, init) => {
    sent.push(JSON.parse(init.body).path);
    return new Response("null");
  };
  return { sent, logic: createClient({ baseUrl: "http://unused", fetch }).logic };
}

test("looking at a path never calls the Server", async () => {
  const { logic, sent } = silent();
  for (const value of [logic, logic.users, logic.users.get]) {
    await value;
    await Promise.resolve(value);
    await (async () => value)();
    JSON.stringify(value);
    JSON.stringify({ value });
    inspect(value, { showProxy: true, showHidden: true, depth: 5 });
    inspect(value);
    format("%s %o %O %j", value, value, value, value);
    assert.match(`${value}`, /^stk\.logic/);
    assert.match(value + "", /^stk\.logic/);
    value.toString();
    Object.keys(value);
    isDeepStrictEqual(value, logic.orders);
    assert.equal(value.then, undefined);
    assert.equal(value.toJSON, undefined);
    assert.equal(value.constructor, undefined);
    assert.equal(value[Symbol.iterator], undefined);
    assert.equal(value.$$typeof, undefined);
    assert.equal(value.__v_isRef, undefined);
    assert.equal(value._private, undefined);
    assert.equal("then" in value, false);
  }
  assert.deepEqual(sent, []);
});

test("a path keeps its identity, so that it can be a dependency of a hook", () => {
  const { logic } = silent();
  assert.equal(logic.users.get, logic.users.get);
  assert.notEqual(logic.users.get, logic.orders.get);
});

test("names that functions have of their own are paths like any other", async () => {
  const { logic, sent } = silent();
  for (const name of ["apply", "call", "bind", "name", "length", "arguments", "caller", "catch", "finally", "delete"]) {
    await logic.orders[name]();
  }
  await logic.a.b.c.d();
  await logic.products();
  await logic.products.search();
  assert.deepEqual(sent.slice(0, 3), ["orders/apply", "orders/call", "orders/bind"]);
  assert.deepEqual(sent.slice(-3), ["a/b/c/d", "products", "products/search"]);
  assert.equal(sent.length, 13);
});

test("a path can be taken off the client and called later", async () => {
  const { logic, sent } = silent();
  const { get } = logic.users;
  await get({ id: 1 });
  await Promise.all([1, 2].map((id) => logic.users.find({ id })));
  assert.deepEqual(sent, ["users/get", "users/find", "users/find"]);
});
