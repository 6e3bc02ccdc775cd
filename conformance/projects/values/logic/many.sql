/* ---
access: public
--- */
select i, i * i as square from generate_series(1, 3) as i
