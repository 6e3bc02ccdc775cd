/* ---
access: public
returns: one
--- */
select to_tsvector('english', 'the fat cats') as a, 'fat & (rat | !cat:*)'::tsquery as b
