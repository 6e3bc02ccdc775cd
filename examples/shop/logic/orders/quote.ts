/**
 * description: What an order would cost, with the discount for many pieces, and without placing it
 * access: public
 * params:
 *   items: { type: json, required: true, description: 'An array of objects: [{ "sku": "MUG-01", "quantity": 2 }]' }
 */
import { amount, cents } from "../lib/money";

interface Line {
  sku: string;
  name: string;
  quantity: number;
  price: string;
}

interface Quote {
  lines: Line[];
  discount: string;
  total: string;
  validUntil: Date;
}

/** Percent off the whole order, from this many pieces on. */
const DISCOUNTS = [
  { pieces: 10, percent: 5 },
  { pieces: 50, percent: 12 },
];

const HOUR_MS = 60 * 60 * 1000;

export default async function quote(params: SantokitParams["orders/quote"], context: Santokit.Context): Promise<Quote> {
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of params.items) {
    if (!Number.isInteger(quantity) || quantity < 1) {
      throw new StkError(400, "bad_quantity", `The quantity of ${sku} must be a whole number of 1 or more.`);
    }
    wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  }
  const products = await context.db.query<{ sku: string; name: string; price: string }>(
    "main",
    "select sku, name, price from products where active and sku = any($1::text[]) order by sku",
    [[...wanted.keys()]],
  );
  if (products.length < wanted.size) {
    const known = new Set(products.map((product) => product.sku));
    const unknown = [...wanted.keys()].filter((sku) => !known.has(sku));
    throw new StkError(404, "unknown_product", `There is no ${unknown.join(", ")}.`);
  }
  const lines = products.map((product) => ({ ...product, quantity: wanted.get(product.sku) ?? 0 }));
  const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
  const whole = lines.reduce((sum, line) => sum + cents(line.price) * line.quantity, 0);
  const percent = DISCOUNTS.findLast((discount) => pieces >= discount.pieces)?.percent ?? 0;
  const off = Math.round((whole * percent) / 100);
  return {
    lines,
    discount: amount(off),
    total: amount(whole - off),
    validUntil: new Date(Date.now() + HOUR_MS),
  };
}
