// Hono and Bun.sql on Bun.
import { SQL } from "bun";
import { Hono } from "hono";
import { find, shape } from "./handler.js";

const [directory, database] = process.argv.slice(2);
const sql = new SQL({ adapter: "postgres", path: `${directory}/.s.PGSQL.5432`, database, username: "postgres", max: 10 });

const app = new Hono();
app.post("/handler", async (c) => {
  const { id } = await c.req.json();
  const [row] = await find(sql, id);
  return c.json(shape({ ...row, id: Number(row.id) }));
});
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: app.fetch });
console.log(`127.0.0.1:${server.port}`);
process.stdin.on("end", () => process.exit(0)).resume();
