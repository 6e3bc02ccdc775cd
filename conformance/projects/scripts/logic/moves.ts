/**
 * access: public
 * params:
 *   from: { type: int, required: true }
 *   to: { type: int, required: true }
 *   throws: { type: bool, default: false }
 */
import { total, type Item } from "./lib/items";

export default async function moves(params: SantokitParams["moves"], context: Santokit.Context): Promise<Item[]> {
  await context.db.transaction("main", async (tx) => {
    await tx.query("update items set stock = stock + 1 where id = $1", [params.to]);
    await tx.query("update items set stock = stock - 1 where id = $1", [params.from]);
    if (params.throws) throw new StkError(422, "taken_back", `after ${total(await tx.query<Item>("select id, stock from items order by id"))}`);
  });
  return context.db.query<Item>("main", "select id, stock from items order by id");
}
