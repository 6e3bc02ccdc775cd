/* ---
returns: one
--- */
select :user_id::uuid as id
