/* ---
access: public
returns: one
--- */
select timestamptz '2024-01-02 03:04:05+02' as a, timestamptz '2024-01-02 03:04:05.12Z' as b, timestamptz '2024-01-02 03:04:05.000001Z' as c,
       timestamp '2024-01-02 03:04:05' as d, '-infinity'::timestamptz as e
