/* ---
access: public
returns: one
params:
  j: { type: json }
--- */
select :j::json as j
