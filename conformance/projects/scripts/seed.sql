insert into items (id, name, stock) values (1, 'mug', 3), (2, 'pot', 0)
