/**
 * access: public
 */
import * as items from "./lib/items";

enum Color {
  Red = "red",
}
const { total } = await import("./lib/items.js");

export default (): { color: Color; same: boolean; total: number } => ({
  color: Color.Red,
  same: total === items.total,
  total: total([{ id: 1, stock: 2 }]),
});
