/* ---
access: public
returns: optional
params:
  hit: { type: bool, required: true }
--- */
select 1 as i where :hit
