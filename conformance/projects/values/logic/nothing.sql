/* ---
access: public
returns: none
--- */
select 1 as i
