SELECT p.polrelid,
       p.polname,
       p.polcmd::text,
       p.polpermissive,
       array(SELECT CASE WHEN role = 0 THEN 'public' ELSE pg_get_userbyid(role) END::text
             FROM unnest(p.polroles) role
             ORDER BY 1),
       pg_get_expr(p.polqual, p.polrelid),
       pg_get_expr(p.polwithcheck, p.polrelid),
       obj_description(p.oid, 'pg_policy')
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1)
ORDER BY p.polrelid, p.polname
