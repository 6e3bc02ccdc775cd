/* ---
access: public
returns: one
--- */
select true as a, false as b, '6F0B9C1E-2D3A-4B5C-8D7E-9F0A1B2C3D4E'::uuid as c, '\x00ff10'::bytea as d
