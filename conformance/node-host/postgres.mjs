// A small PostgreSQL client over the extended protocol: values as the runtime encoded them, rows as they come.
// It does not decode anything; the runtime does.

import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import net from "node:net";

/** An ErrorResponse of the server. */
export class DatabaseError extends Error {
  constructor(fields) {
    super(fields.M);
    this.sqlstate = fields.C;
    this.constraint = fields.n;
    this.column = fields.c;
  }
}

function address(url) {
  const { hostname, port, username, password, pathname } = new URL(url);
  const host = decodeURIComponent(hostname);
  const number = Number(port || 5432);
  const socket = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${number}` } : { host, port: number };
  return { socket, user: decodeURIComponent(username), password: decodeURIComponent(password), database: pathname.slice(1) };
}

const int32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int16 = (value) => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const text = (value) => Buffer.concat([Buffer.from(value), Buffer.alloc(1)]);

function message(type, ...parts) {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function fields(payload) {
  const found = {};
  for (let at = 0; payload[at] !== 0; ) {
    const end = payload.indexOf(0, at + 1);
    found[String.fromCharCode(payload[at])] = payload.toString("utf8", at + 1, end);
    at = end + 1;
  }
  return found;
}

export class Connection {
  #socket;
  #address;
  #received = Buffer.alloc(0);
  #waiting = null;
  #closed = null;
  #cancelKey;

  static async open(url) {
    const connection = new Connection();
    connection.#address = address(url);
    await connection.#connect();
    return connection;
  }

  async #connect() {
    const { socket, user, password, database } = this.#address;
    this.#socket = net.connect(socket);
    this.#socket.on("data", (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#waiting?.();
    });
    for (const event of ["error", "close"]) {
      this.#socket.on(event, (error) => {
        this.#closed ??= error instanceof Error ? error : new Error("the connection was closed");
        this.#waiting?.();
      });
    }
    const settings = { user, database, client_encoding: "UTF8", TimeZone: "UTC" };
    const startup = Buffer.concat([...Object.entries(settings).flat().map(text), Buffer.alloc(1)]);
    this.#socket.write(Buffer.concat([int32(startup.length + 8), int32(196608), startup]));
    await this.#authenticate(user, password);
  }

  async #authenticate(user, password) {
    let scram;
    for (;;) {
      const { type, payload } = await this.#next();
      if (type === "E") throw new DatabaseError(fields(payload));
      if (type === "K") this.#cancelKey = payload;
      if (type === "Z") return;
      if (type !== "R") continue;
      const method = payload.readInt32BE(0);
      if (method === 3) this.#socket.write(message("p", text(password)));
      if (method === 10) {
        scram = new Scram(password);
        const first = Buffer.from(scram.first());
        this.#socket.write(message("p", text("SCRAM-SHA-256"), int32(first.length), first));
      }
      if (method === 11) this.#socket.write(message("p", Buffer.from(scram.final(payload.toString("utf8", 4)))));
    }
  }

  async #next() {
    for (;;) {
      if (this.#received.length >= 5) {
        const length = this.#received.readInt32BE(1) + 1;
        if (this.#received.length >= length) {
          const whole = this.#received;
          this.#received = whole.subarray(length);
          return { type: String.fromCharCode(whole[0]), payload: whole.subarray(5, length) };
        }
      }
      if (this.#closed) throw this.#closed;
      await new Promise((resolve) => (this.#waiting = resolve));
      this.#waiting = null;
    }
  }

  /** Runs a statement; `onRow` gets the payload of each DataRow. `params`: `{ format, bytes | null }`. */
  async run(sql, params = [], onRow = () => {}) {
    const values = params.flatMap(({ bytes }) => (bytes === null ? [int32(-1)] : [int32(bytes.length), bytes]));
    const formats = params.map(({ format }) => int16(format));
    this.#socket.write(
      Buffer.concat([
        message("P", text(""), text(sql), int16(0)),
        message("B", text(""), text(""), int16(params.length), ...formats, int16(params.length), ...values, int16(1), int16(1)),
        message("E", text(""), int32(0)),
        message("S"),
      ]),
    );
    let failure = null;
    for (;;) {
      const { type, payload } = await this.#next();
      if (type === "D") onRow(payload);
      if (type === "E") failure = new DatabaseError(fields(payload));
      if (type === "Z") {
        if (failure) throw failure;
        return;
      }
    }
  }

  /** Asks the server to stop what this connection runs. */
  cancel() {
    const socket = net.connect(this.#address.socket);
    socket.on("error", () => {});
    socket.end(Buffer.concat([int32(16), int32(80877102), this.#cancelKey]));
  }

  close() {
    this.#socket.end(message("X"));
  }
}

/** SCRAM-SHA-256 (RFC 7677), without channel binding. */
class Scram {
  #password;
  #nonce = randomBytes(18).toString("base64");

  constructor(password) {
    this.#password = password;
  }

  first() {
    return `n,,n=,r=${this.#nonce}`;
  }

  final(serverFirst) {
    const { r: nonce, s: salt, i: rounds } = Object.fromEntries(serverFirst.split(",").map((part) => [part[0], part.slice(2)]));
    const hmac = (key, data) => createHmac("sha256", key).update(data).digest();
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, "base64"), Number(rounds), 32, "sha256");
    const clientKey = hmac(salted, "Client Key");
    const withoutProof = `c=biws,r=${nonce}`;
    const signed = `n=,r=${this.#nonce},${serverFirst},${withoutProof}`;
    const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
    const proof = clientKey.map((byte, at) => byte ^ signature[at]);
    return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`;
  }
}
