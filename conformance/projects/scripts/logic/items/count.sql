/* ---
access: public
returns: value
--- */
select count(*) as items from items
