// What every realm is made with: operations, timers, log, `StkError`, and `context` of the handler.
//
// It runs before anyone else's code, and keeps what it needs of the language, so that a script that changes
// prototypes can confuse only itself.

const { parse, stringify } = JSON;
const { freeze, values: valuesOf } = Object;
const { isArray } = Array;
const { apply } = Reflect;
const { get, set, delete: remove } = Map.prototype;

class StkError extends Error {
  constructor(status, code, message) {
    super(message === undefined ? code : message);
    this.status = status;
    this.code = code;
  }
  get name() {
    return "StkError";
  }
}

function isStkError(error) {
  return (
    error instanceof StkError &&
    Number.isInteger(error.status) &&
    error.status >= 400 &&
    error.status <= 599 &&
    typeof error.code === "string"
  );
}

// A thrown value as text, whatever it is.
function describe(error) {
  try {
    if (error instanceof Error) {
      const stack = error.stack ? "\n" + error.stack : "";
      const cause = error.cause === undefined ? "" : "\ncaused by: " + describe(error.cause);
      return `${error.name}: ${error.message}${stack}${cause}`;
    }
    const text = typeof error === "string" ? error : (stringify(error) ?? String(error));
    return "thrown: " + text;
  } catch {
    return "thrown: a value that can not be shown";
  }
}

export default function (native) {
  const operations = new Map();
  const timers = new Map();
  let request;

  function operation(name, input) {
    return new Promise((resolve, reject) => {
      const id = native.start(name, stringify(input));
      apply(set, operations, [id, { resolve, reject }]);
    });
  }

  function setTimer(callback, ms) {
    const id = native.timer(+ms || 0);
    apply(set, timers, [id, callback]);
    return id;
  }

  function clearTimer(id) {
    if (apply(remove, timers, [id])) native.clear(id);
  }

  function log(level, message, fields) {
    const text = typeof message === "string" ? message : describeValue(message);
    native.log(level, text, fields === undefined ? undefined : stringify(fields));
  }

  function describeValue(value) {
    if (value instanceof Error) return describe(value);
    return stringify(value) ?? String(value);
  }

  // Values of a query: what JSON lacks goes as text.
  function bindable(values) {
    if (!isArray(values)) throw new TypeError("the values of a query must be an array");
    return values.map((value) => (typeof value === "bigint" ? String(value) : value));
  }

  async function transaction(alias, body, options) {
    if (typeof body !== "function") throw new TypeError("db.transaction(alias, async tx => …)");
    const { tx } = await operation("db.begin", { alias, isolation: options?.isolation });
    let open = true;
    const handle = {
      async query(sql, values = []) {
        if (!open) throw new TypeError("the transaction is over");
        return operation("db.query", { tx, sql, values: bindable(values) });
      },
    };
    let result;
    try {
      result = await body(handle);
    } catch (error) {
      open = false;
      // What was thrown matters more than a rollback that fails: the Server rolls back in any case.
      await operation("db.rollback", { tx }).catch(() => {});
      throw error;
    }
    open = false;
    await operation("db.commit", { tx });
    return result;
  }

  const contextLog = (message, fields) => log("info", message, fields);
  for (const level of ["debug", "info", "warn", "error"]) {
    contextLog[level] = (message, fields) => log(level, message, fields);
  }

  const context = {
    db: {
      async query(alias, sql, values = []) {
        return operation("db.query", { alias, sql, values: bindable(values) });
      },
      transaction,
    },
    async invoke(path, params = {}) {
      return operation("invoke", { path, params });
    },
    storage: {
      async createUploadUrl(bucket, key, options) {
        return operation("storage.createUploadUrl", {
          bucket,
          key,
          contentType: options?.contentType,
          size: options?.size,
        });
      },
      async createDownloadUrl(bucket, key) {
        return operation("storage.createDownloadUrl", { bucket, key });
      },
      async delete(bucket, key) {
        return operation("storage.delete", { bucket, key });
      },
      async list(bucket, options) {
        const { prefix, cursor, limit } = options ?? {};
        return operation("storage.list", { bucket, prefix, cursor, limit });
      },
      async head(bucket, key) {
        return operation("storage.head", { bucket, key });
      },
    },
    getSecret(name) {
      const value = native.secret(String(name));
      if (value === undefined) {
        throw new TypeError(`the secret \`${name}\` is not declared: add it to \`secrets:\` in the header`);
      }
      return value;
    },
    get request() {
      return request;
    },
    log: contextLog,
  };

  function fail(error) {
    try {
      if (isStkError(error)) return native.refuse(error.status, error.code, String(error.message));
    } catch {
      // A StkError made to throw is described like any other value.
    }
    native.fail(describe(error));
  }

  async function start(entry, params, requestOfRun) {
    request = requestOfRun;
    valuesOf(request).forEach(freeze);
    if (request.user) freeze(request.user.roles);
    freeze(request);
    let result;
    try {
      const { default: handler } = await import(entry);
      if (typeof handler !== "function") throw new TypeError("the default export is not a function");
      result = await handler(params, context);
    } catch (error) {
      return fail(error);
    }
    let json;
    try {
      json = stringify(result) ?? "null";
    } catch (error) {
      return native.badResult(describe(error));
    }
    native.finish(json);
  }

  function settle(id, output) {
    const { resolve } = apply(get, operations, [id]) ?? {};
    apply(remove, operations, [id]);
    resolve?.(output);
  }

  function reject(id, status, code, message) {
    const { reject } = apply(get, operations, [id]) ?? {};
    apply(remove, operations, [id]);
    reject?.(new StkError(status, code, message));
  }

  function fire(id) {
    const callback = apply(get, timers, [id]);
    apply(remove, timers, [id]);
    try {
      callback?.();
    } catch (error) {
      fail(error);
    }
  }

  // A realm may be used again (`isolate: reuse`): what the last run left waiting is none of the next one's.
  function forget() {
    operations.clear();
    timers.clear();
    request = undefined;
  }

  globalThis.Math.random = native.random;
  for (const [name, value] of [["StkError", StkError]]) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  const core = freeze({ operation, setTimer, clearTimer, log, describe, StkError });
  return { core, start, settle, reject, fire, forget };
}
