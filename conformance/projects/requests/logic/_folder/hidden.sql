/* ---
access: public
returns: value
--- */
select 1 as i
