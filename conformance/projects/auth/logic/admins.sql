/* ---
access: admin
returns: one
--- */
select 1 as i
