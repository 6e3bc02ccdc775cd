/* ---
access: public
returns: one
params:
  j: { type: json }
--- */
select :j::jsonb as j
