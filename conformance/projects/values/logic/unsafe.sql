/* ---
access: public
returns: one
--- */
select 9007199254740992 as id
