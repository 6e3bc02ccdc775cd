// The same as in peers/handler.js.
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
