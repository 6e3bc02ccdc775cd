/* ---
access: public
--- */
select 1 as i where false
