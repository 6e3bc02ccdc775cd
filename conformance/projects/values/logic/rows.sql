/* ---
access: public
returns: one
--- */
select row(1, 'x', null, true)::record as a, array[row(1, 2), row(3, 4)] as b
