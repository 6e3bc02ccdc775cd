/* ---
access: public
returns: one
--- */
select 'a "quote" and \ and ü and 😀'::text as a, 'x'::char(3) as b, E'line\nbreak\ttab\x01'::text as c, ''::text as d
