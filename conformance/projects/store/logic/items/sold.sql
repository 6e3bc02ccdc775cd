/* ---
access: public
returns: value
--- */
select count(*) as n from sales
