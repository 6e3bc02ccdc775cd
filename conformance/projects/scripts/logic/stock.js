/**
 * access: public
 * returns: [{ id: number, stock: number }]
 */
export default (params, { db }) => db.query("main", "select id, stock from items order by id");
