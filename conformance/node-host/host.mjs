// A host: drives the runtime's effects with a cache in memory, a connection for each database, and fetch.

import { randomUUID } from "node:crypto";

import { Connection, DatabaseError } from "./postgres.mjs";

export class Host {
  #runtime;
  #deployment;
  #databases;
  #cache = new Map();
  /** How often each tag was purged. */
  #generations = new Map();

  /** `databases`: connection URLs by alias. */
  static async open(runtime, deployment, databases) {
    const host = new Host();
    host.#runtime = runtime;
    host.#deployment = deployment;
    const open = async ([alias, url]) => [alias, await Connection.open(url)];
    host.#databases = Object.fromEntries(await Promise.all(Object.entries(databases).map(open)));
    return host;
  }

  close() {
    for (const connection of Object.values(this.#databases)) connection.close();
  }

  /** Answers one request: `{ method, path, query, headers, body }` to `{ status, headers, body, cause }`. */
  async handle({ method, path, query = null, headers, body }) {
    const request_id = randomUUID();
    const { "content-type": content_type = null, authorization = null } = headers;
    const request = { method, path, query, content_type, authorization, request_id, now_ms: Date.now() };
    let { call, effect, bytes } = this.#runtime.start(this.#deployment, request, body);
    let answer = null;
    const seen = {};
    try {
      while (effect.effect !== "done") {
        if (effect.effect === "reply") {
          answer = { status: effect.status, headers: replyHeaders(effect, request_id), body: bytes, cause: effect.cause };
        }
        const event = await this.#perform(call, effect, bytes, seen);
        ({ effect, bytes } = this.#runtime.step(call, { ...event.head, now_ms: Date.now() }, event.bytes));
      }
    } finally {
      this.#runtime.end(call);
    }
    return answer;
  }

  async #perform(call, effect, bytes, seen) {
    switch (effect.effect) {
      case "fetch_keys":
        return fetchKeys(effect.url);
      case "look_up":
        seen.tags = this.#tagGenerations(effect.tags);
        return this.#lookUp(effect.key);
      case "sql":
        return { head: await this.#sql(call, effect, bytes) };
      case "run":
        return { head: { event: "ran", fault: "unavailable", message: "this host has no engine" } };
      case "store":
        if (this.#tagGenerations(effect.tags) === seen.tags) {
          this.#cache.set(effect.key, { ...effect, body: bytes, storedAt: Date.now(), generations: seen.tags });
        }
        return { head: { event: "stored" } };
      case "purge":
        for (const tag of effect.tags) this.#generations.set(tag, (this.#generations.get(tag) ?? 0) + 1);
        return { head: { event: "purged" } };
      case "reply":
        return { head: { event: "replied" } };
      default:
        throw new Error(`unknown effect ${effect.effect}`);
    }
  }

  #tagGenerations(tags) {
    return tags.map((tag) => this.#generations.get(tag) ?? 0).join();
  }

  #lookUp(key) {
    const entry = this.#cache.get(key);
    const age_ms = entry && Date.now() - entry.storedAt;
    if (!entry || entry.generations !== this.#tagGenerations(entry.tags) || age_ms >= entry.ttl_ms + entry.swr_ms) {
      return { head: { event: "cache", lookup: "miss" } };
    }
    const lookup = age_ms < entry.ttl_ms ? { lookup: "fresh", age_ms } : { lookup: "stale", refresh: true };
    return { head: { event: "cache", ...lookup }, bytes: entry.body };
  }

  async #sql(call, { alias, statements, transaction, timeout_ms }, bytes) {
    const connection = this.#databases[alias];
    const timer = setTimeout(() => connection.cancel(), timeout_ms);
    try {
      if (transaction) await connection.run(begin(transaction));
      try {
        await this.#statements(call, connection, statements, bytes);
        // The rows are judged before the commit: what is refused is taken back.
        const isWhole = this.#runtime.finishRows(call);
        if (transaction) await connection.run(isWhole ? "commit" : "rollback");
      } catch (error) {
        if (transaction && error instanceof DatabaseError) await connection.run("rollback");
        throw error;
      }
      return { event: "sql", result: "rows" };
    } catch (error) {
      if (!(error instanceof DatabaseError)) return { event: "sql", result: "unavailable", message: error.message };
      const { sqlstate, message, constraint, column } = error;
      return { event: "sql", result: "database", sqlstate, message, constraint, column };
    } finally {
      clearTimeout(timer);
    }
  }

  async #statements(call, connection, statements, bytes) {
    this.#runtime.beginRows(call);
    let at = 0;
    for (const [index, { text, params }] of statements.entries()) {
      const values = params.map(({ format, length }) => {
        const value = length === null ? null : bytes.subarray(at, at + length);
        at += length ?? 0;
        return { format, bytes: value };
      });
      const isLast = index === statements.length - 1;
      let takesRows = isLast;
      await connection.run(text, values, (payload) => {
        takesRows = takesRows && this.#runtime.pushRow(call, payload);
      });
    }
  }
}

function begin({ isolation, read_only }) {
  const level = isolation ? ` isolation level ${isolation.replace("_", " ")}` : "";
  return `begin${level}${read_only ? " read only" : ""}`;
}

async function fetchKeys(url) {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return { head: { event: "keys" }, bytes: new Uint8Array(await answer.arrayBuffer()) };
  } catch (error) {
    return { head: { event: "keys", fault: error.message } };
  }
}

function replyHeaders(effect, requestId) {
  const headers = {
    "content-type": effect.content_type,
    "x-cache-status": effect.cache_status,
    "x-santokit-release": effect.release,
    "x-request-id": requestId,
    "retry-after": effect.retry_after_s,
    allow: effect.allow,
    "www-authenticate": effect.www_authenticate,
    "cache-control": effect.cache_control,
  };
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])));
}
