/**
 * access: public
 * returns: unknown
 */
export default async (params, { db }) => {
  const [row] = await db.query(
    "main",
    `select $1::int as i, $2::numeric as n, $3::timestamptz as t, $4::jsonb as j, $5::text as nothing, $6::int[] as l,
            $7::bool as b, $8::bytea as y, $9::int8 as big, $10::uuid as u`,
    [1, "1.50", "2026-01-31T12:00:00+01:00", { a: [1, null] }, null, [1, 2], true, "aGk=", 12n, "0a000000-0000-4000-8000-000000000004"],
  );
  return row;
};
