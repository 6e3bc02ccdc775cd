/* ---
access: public
returns: value
params:
  by: { type: int, required: true }
--- */
select 1 / :by::int as n
