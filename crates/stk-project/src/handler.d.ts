declare namespace Santokit {
  /**
   * A logic: the default export of a file under `logic/`.
   *
   * `P` is what it is called with: `SantokitParams["users/get"]` is what the header of `logic/users/get` declares. `R` is
   * what it answers; callers see it as JSON.
   */
  type Handler<P = any, R = unknown> = (params: P, context: Context) => R | Promise<R>;

  /** What a handler is given beside its params. */
  interface Context {
    /** The project's databases. */
    readonly db: Databases;
    /** Files in object storage, by the buckets of `config/storage.yaml`. */
    readonly storage: Storage;
    /** The call that this logic answers. */
    readonly request: Request;
    /** Writes to the log, with the request's id. */
    readonly log: Log;
    /** Calls other logic as the caller of this one; private logic too. */
    invoke<T = any>(path: string, params?: object): Promise<T>;
    /** A secret that the header declares in `secrets:`. */
    getSecret(name: string): string;
  }

  interface Databases {
    /** Runs one statement, with `$1`, `$2`, … for the values. A constant text is checked against the database at deploy. */
    query<Row = { [column: string]: any }>(alias: string, sql: string, values?: readonly unknown[]): Promise<Row[]>;
    /** Runs statements as one: committed when `run` returns, taken back when it throws. */
    transaction<T>(
      alias: string,
      run: (tx: Transaction) => T | Promise<T>,
      options?: { isolation?: "read_committed" | "repeatable_read" | "serializable" },
    ): Promise<T>;
  }

  interface Transaction {
    query<Row = { [column: string]: any }>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  }

  interface Storage {
    /** An address that takes one upload of this type and size. */
    createUploadUrl(
      bucket: string,
      key: string,
      options: { contentType: string; size: number },
    ): Promise<{ url: string; method: string; headers: { [name: string]: string }; expiresAt: string }>;
    createDownloadUrl(bucket: string, key: string): Promise<{ url: string; expiresAt: string }>;
    delete(bucket: string, key: string): Promise<null>;
    list(
      bucket: string,
      options?: { prefix?: string; cursor?: string; limit?: number },
    ): Promise<{ objects: { key: string; size: number; etag: string; lastModified: string }[]; cursor: string | null }>;
    head(
      bucket: string,
      key: string,
    ): Promise<{ key: string; size: number; etag: string; contentType: string; lastModified: string } | null>;
  }

  interface Request {
    /** Also in the answer's `x-request-id` and in every line of the log. */
    readonly id: string;
    /** The path of the logic, such as `users/get`. */
    readonly path: string;
    /** Names are in lower case. None where the answer is cached for everybody. */
    readonly headers: { readonly [name: string]: string };
    /** Who calls, from the verified token; null for anonymous callers, and where the answer is cached for everybody. */
    readonly user: User | null;
  }

  interface User {
    readonly id: string;
    readonly email: string | null;
    readonly roles: readonly string[];
  }

  interface Log {
    (message: unknown, fields?: { [name: string]: unknown }): void;
    debug(message: unknown, fields?: { [name: string]: unknown }): void;
    info(message: unknown, fields?: { [name: string]: unknown }): void;
    warn(message: unknown, fields?: { [name: string]: unknown }): void;
    error(message: unknown, fields?: { [name: string]: unknown }): void;
  }
}

/** Thrown by a handler, it is the answer: `throw new StkError(409, "sold_out", "There is none left.")`. */
declare class StkError extends Error {
  constructor(status: number, code: string, message?: string);
  readonly status: number;
  readonly code: string;
}
