/**
 * description: Places an earlier order of the caller once more, as far as its products are still sold
 * access: authenticated
 * params:
 *   from: { type: uuid, required: true, description: The earlier order }
 *   id: { type: uuid, required: true, description: Of the new one; the client chooses it }
 * invalidates: [orders, products]
 * returns: { id: string, total: string, left: [string] }
 */
import { amount, cents } from "../lib/money";

/** @type {Santokit.Handler<SantokitParams["orders/reorder"]>} */
export default async function reorder({ from, id }, { db, invoke, log }) {
  // As the caller: an order of somebody else is not found.
  const earlier = await invoke("orders/get", { id: from });
  const skus = earlier.items.map((item) => item.sku);
  const sold = await db.query("main", "select sku from products where active and sku = any($1::text[])", [skus]);
  const isSold = new Set(sold.map((product) => product.sku));
  const items = earlier.items.filter((item) => isSold.has(item.sku));
  const left = skus.filter((sku) => !isSold.has(sku));
  if (items.length === 0) {
    throw new StkError(409, "nothing_left", "None of its products is sold any more.");
  }
  const placed = await invoke("orders/create", {
    id,
    items: items.map(({ sku, quantity }) => ({ sku, quantity })),
  });
  log("reordered", { from, id, left: left.length });
  return { id: placed.id, total: amount(cents(placed.total)), left };
}
