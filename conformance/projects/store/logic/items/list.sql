/* ---
access: public
cache: { ttl: 60s, tags: [items] }
--- */
select id, name, stock from items order by id
