/* ---
access: public
returns: none
timeout: 200ms
--- */
select pg_sleep(10)
