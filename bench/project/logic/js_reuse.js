/* ---
access: public
isolate: reuse
params:
  id: { type: int, required: true }
--- */
import { shape } from "./shape.js";

export default async function handler({ id }, context) {
  const [row] = await context.db.query(
    "main",
    "select id, name, email, quantity, score, active, created_at, meta from items where id = $1",
    [id],
  );
  return shape(row);
}
