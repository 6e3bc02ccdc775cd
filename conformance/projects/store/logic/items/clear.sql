/* ---
access: public
returns: none
invalidates: [items]
--- */
delete from items where id > 100
