// What every contender of the scenario does with the one row, word for word.
export const find = (sql, id) =>
  sql`select id, name, email, quantity, score, active, created_at, meta from items where id = ${id}`;

export function shape(row) {
  const [first, ...rest] = row.name.split(" ");
  return {
    id: row.id,
    title: [first.toUpperCase(), ...rest].join(" "),
    contact: { email: row.email, domain: row.email.slice(row.email.indexOf("@") + 1) },
    total: Math.round(row.quantity * row.score * 100) / 100,
    labels: row.meta.labels.map((label) => `#${label}`),
    active: row.active,
  };
}
