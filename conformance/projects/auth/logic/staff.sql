/* ---
access: [admin, user]
returns: one
--- */
select 1 as i
