/* ---
access: public
returns: value
cache: { ttl: 60s, vary: user, tags: [items] }
--- */
select count(*) as n from items where :user_id::text is null or true
