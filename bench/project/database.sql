-- The tables of schema/main.hcl and their rows, for the contenders that have no schema engine.

create table items (
  id bigint not null,
  name text not null,
  email text not null,
  quantity integer not null,
  score double precision not null,
  active boolean not null,
  created_at timestamptz not null,
  meta jsonb not null,
  primary key (id)
);

create table events (
  id bigint generated always as identity,
  kind text not null,
  amount integer not null,
  payload jsonb not null,
  primary key (id)
);

insert into items
select n,
       'Item number ' || n,
       'owner' || n || '@example.com',
       n % 500,
       n % 1000 + 0.25,
       n % 3 <> 0,
       timestamptz '2026-01-01T00:00:00Z' + n * interval '1 minute',
       jsonb_build_object('colour', 'blue', 'weight', n % 90, 'labels', jsonb_build_array('a', 'b'))
from generate_series(1, 10100) n;
