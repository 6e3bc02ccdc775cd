/* ---
access: public
returns: one
--- */
select '10.1.2.3/8'::inet as a, '10.0.0.0/8'::cidr as b, '2001:db8::1'::inet as c, '08:00:2b:01:02:03'::macaddr as d
