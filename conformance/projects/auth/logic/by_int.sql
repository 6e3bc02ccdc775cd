/* ---
returns: one
--- */
select :user_id::int as id
