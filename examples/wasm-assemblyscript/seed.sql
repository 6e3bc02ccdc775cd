insert into quotes (symbol, price) values ('ACME', 12.50), ('GLOBEX', 99.00);
