// Fastify and postgres.js on Node: the server that most teams would write.
import Fastify from "fastify";
import postgres from "postgres";
import { find, shape } from "./handler.js";

const [directory, database] = process.argv.slice(2);
// int8 as a number, as Santokit gives it.
const types = { bigint: { to: 20, from: [20], parse: Number, serialize: String } };
const sql = postgres({ host: directory, database, username: "postgres", max: 10, types });

const app = Fastify();
app.post("/handler", {
  schema: { body: { type: "object", required: ["id"], properties: { id: { type: "integer" } } } },
  handler: async (request) => {
    const [row] = await find(sql, request.body.id);
    return shape(row);
  },
});
process.stdin.on("end", () => process.exit(0)).resume();
await app.listen({ host: "127.0.0.1", port: 0 });
const { address, port } = app.server.address();
console.log(`${address}:${port}`);
