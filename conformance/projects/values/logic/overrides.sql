/* ---
access: public
returns: one
types: { id: string, price: number }
--- */
select 9223372036854775807 as id, 12.50::numeric as price
