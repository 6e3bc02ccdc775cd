/**
 * access: public
 * returns: unknown
 * params:
 *   id: { type: int, required: true }
 *   name: { type: string, required: true }
 *   catch: { type: bool, default: false }
 */
export default async ({ id, name, catch: caught }, { db }) => {
  try {
    return await db.query("main", "insert into items (id, name) values ($1, $2) returning id", [id, name]);
  } catch (error) {
    if (!caught) throw error;
    return error.code;
  }
};
