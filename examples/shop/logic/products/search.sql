/* ---
description: Full-text search in names and descriptions, the best match first
access: public
params:
  q: { type: string, required: true, minLength: 2, maxLength: 200, description: 'As in a search engine: words, "a phrase", -without' }
  limit: { type: int, default: 10, min: 1, max: 50 }
cache: { ttl: 30s, tags: [products] }
--- */
select p.id, p.sku, p.name, p.price,
       ts_rank(p.search, query) as rank,
       ts_headline('english', p.description, query, 'StartSel=<b>, StopSel=</b>') as headline
from products p, websearch_to_tsquery('english', :q) query
where p.active and p.search @@ query
order by rank desc, p.id
limit :limit
