-- Rows to play with. Runs whole a second time without adding anything.

insert into users (id, email, name, created_at)
values
  ('0a000000-0000-4000-8000-000000000001', 'ada@example.com', 'Ada Byron', '2026-01-05T09:00:00Z'),
  ('0a000000-0000-4000-8000-000000000002', 'bo@example.com', 'Bo Lindqvist', '2026-02-11T15:30:00Z'),
  ('0a000000-0000-4000-8000-000000000003', 'chidi@example.com', 'Chidi Okafor', '2026-03-20T08:15:00Z')
on conflict do nothing;

insert into products (sku, name, description, price, stock, tags, attributes)
values
  ('MUG-01', 'Enamel mug', 'A light mug for the fire and the desk. Holds 350 ml.', 12.50, 120, '{kitchen,outdoor}', '{"colour": "white", "ml": 350}'),
  ('MUG-02', 'Stoneware mug', 'A heavy mug that keeps coffee warm.', 18.00, 40, '{kitchen}', '{"colour": "sand", "ml": 300}'),
  ('POT-01', 'Moka pot', 'Strong coffee for three on any stove.', 34.90, 25, '{kitchen,coffee}', '{"cups": 3}'),
  ('POT-02', 'Camping kettle', 'Boils a litre of water over an open fire.', 29.00, 30, '{outdoor}', '{"ml": 1000}'),
  ('BEAN-01', 'Espresso beans', 'Dark roast, notes of cocoa. 1 kg.', 22.00, 200, '{coffee}', '{"grams": 1000, "roast": "dark"}'),
  ('BEAN-02', 'Filter beans', 'Light roast for slow coffee. 250 g.', 9.75, 150, '{coffee}', '{"grams": 250, "roast": "light"}'),
  ('BAG-01', 'Canvas backpack', 'Waxed canvas, 20 litres, for city and forest.', 89.00, 12, '{outdoor,bags}', '{"litres": 20}'),
  ('BAG-02', 'Tote bag', 'Carries what does not fit the backpack.', 15.00, 60, '{bags}', '{}'),
  ('LAMP-01', 'Reading lamp', 'Warm light, three steps, a long arm.', 64.00, 8, '{home}', '{"watt": 7}'),
  ('LAMP-02', 'Head torch', 'Bright light for the way back from the fire.', 39.50, 0, '{outdoor}', '{"lumen": 400}'),
  ('BOOK-01', 'The fire book', 'How to light, keep and put out a fire.', 21.00, 35, '{books,outdoor}', '{"pages": 208}'),
  ('BOOK-02', 'Coffee at home', 'From the bean to the cup, without a machine.', 24.00, 18, '{books,coffee}', '{"pages": 160}')
on conflict (sku) do nothing;

insert into orders (id, user_id, status, total, note, created_at)
values
  ('0b000000-0000-4000-8000-000000000001', '0a000000-0000-4000-8000-000000000001', 'shipped', 47.00, null, '2026-04-01T10:00:00Z'),
  ('0b000000-0000-4000-8000-000000000002', '0a000000-0000-4000-8000-000000000001', 'paid', 89.00, 'A present: please no invoice in the parcel', '2026-04-03T18:45:00Z'),
  ('0b000000-0000-4000-8000-000000000003', '0a000000-0000-4000-8000-000000000001', 'cancelled', 18.00, null, '2026-04-03T19:00:00.25Z'),
  ('0b000000-0000-4000-8000-000000000004', '0a000000-0000-4000-8000-000000000002', 'pending', 54.40, null, '2026-04-05T07:20:00Z')
on conflict do nothing;

insert into order_items (order_id, product_id, quantity, unit_price)
select item.order_id::uuid, p.id, item.quantity, p.price
from (
  values
    ('0b000000-0000-4000-8000-000000000001', 'MUG-01', 2),
    ('0b000000-0000-4000-8000-000000000001', 'BEAN-01', 1),
    ('0b000000-0000-4000-8000-000000000002', 'BAG-01', 1),
    ('0b000000-0000-4000-8000-000000000003', 'MUG-02', 1),
    ('0b000000-0000-4000-8000-000000000004', 'POT-01', 1),
    ('0b000000-0000-4000-8000-000000000004', 'BEAN-02', 2)
) as item (order_id, sku, quantity)
join products p on p.sku = item.sku
on conflict do nothing;
