/* ---
access: public
returns: one
--- */
select :user_id::text as id, :user_email::text as email, :user_roles::text[] as roles
