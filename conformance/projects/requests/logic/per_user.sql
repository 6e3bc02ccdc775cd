/* ---
access: public
returns: one
cache: { ttl: 60s, vary: user }
--- */
select 1 as i
