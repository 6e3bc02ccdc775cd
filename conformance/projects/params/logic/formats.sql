/* ---
access: public
returns: one
params:
  email: { type: string, format: email }
  url: { type: string, format: url }
--- */
select :email::text as email, :url::text as url
