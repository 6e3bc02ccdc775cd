CREATE TYPE status AS ENUM ('new', 'active', 'gone');
CREATE TYPE address AS (street text, zip text);
CREATE DOMAIN email AS text NOT NULL;
CREATE DOMAIN filled AS text CHECK (VALUE IS NOT NULL AND VALUE <> '');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 99);

CREATE TABLE users (
    id int PRIMARY KEY,
    mail text NOT NULL,
    name text,
    age int,
    status status NOT NULL DEFAULT 'new',
    tags text[],
    settings jsonb NOT NULL DEFAULT '{}',
    home address,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz DEFAULT now(),
    tall bool
);
INSERT INTO users (id, mail, created_at, deleted_at) VALUES (1, 'a@x', '2024-01-01', NULL), (4, 'd@x', 'infinity', NULL);
INSERT INTO users VALUES (2, 'b@x', 'Bo', 40, 'active', '{x,NULL}', '{"k": null, "n": 1}', ROW (NULL, '1'), '2024-02-02', '-infinity', true),
    (3, 'c@x', '', 0, 'gone', '{}', '[1]', ROW ('s', NULL), '2024-03-03', 'infinity', false);

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id int REFERENCES users,
    total numeric NOT NULL,
    note text,
    doubled numeric GENERATED ALWAYS AS (total * 2) STORED
);
INSERT INTO orders (user_id, total, note) VALUES (1, 1, NULL), (2, 2, 'n'), (NULL, 3, NULL), (1, 5, 'm');

CREATE TABLE items (
    order_id bigint NOT NULL,
    product text NOT NULL,
    qty int NOT NULL,
    price numeric,
    PRIMARY KEY (order_id, product)
);
INSERT INTO items VALUES (1, 'p', 1, NULL), (1, 'q', 2, 2.5), (9, 'r', 3, 1);

CREATE TABLE made (
    a int, b text NOT NULL,
    g int GENERATED ALWAYS AS (a + 1) STORED,
    h text GENERATED ALWAYS AS (upper(b) || 'x') STORED
);
INSERT INTO made VALUES (NULL, 'b'), (1, 'c');

CREATE TABLE nothing (id int PRIMARY KEY, x int NOT NULL, y int);
CREATE TABLE nodes (id int PRIMARY KEY, parent int, label text NOT NULL);
INSERT INTO nodes VALUES (1, NULL, 'root'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'c'), (5, 99, 'lost');

CREATE TABLE checked (
    a int CHECK (a IS NOT NULL), b int CHECK (b > 0), c int, d int, e filled, f email,
    CHECK (c IS NOT NULL AND b < 100), CONSTRAINT either CHECK (d IS NOT NULL OR b IS NULL)
);
INSERT INTO checked VALUES (1, NULL, 1, NULL, 'x', 'x');
-- The hole in domains that Postgres' own manual describes: an empty subquery is null, and of the domain already.
INSERT INTO checked VALUES (1, 5, 1, 2, (SELECT e FROM checked WHERE false), (SELECT f FROM checked WHERE false));
INSERT INTO checked VALUES (1, 5, 1, 2, 'y', 'y');
CREATE TABLE late (a int);
INSERT INTO late VALUES (NULL);
ALTER TABLE late ADD CONSTRAINT late_a CHECK (a IS NOT NULL) NOT VALID;

CREATE TABLE parents (a int NOT NULL, b int NOT NULL);
CREATE TABLE children (c int) INHERITS (parents);
DO $$ BEGIN
    -- Newer servers inherit the constraint unless told not to.
    IF current_setting('server_version_num')::int >= 180000 THEN
        EXECUTE 'ALTER TABLE parents ALTER CONSTRAINT parents_b_not_null NO INHERIT';
    END IF;
    ALTER TABLE children ALTER b DROP NOT NULL;
END $$;
INSERT INTO children VALUES (1, NULL, NULL);
CREATE TABLE parted (k int NOT NULL, v int) PARTITION BY LIST (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
INSERT INTO parted VALUES (1, NULL);

CREATE TABLE changed (id int PRIMARY KEY, v int, w int NOT NULL);
CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := NULL; RETURN NEW; END $$;
CREATE TRIGGER forget BEFORE INSERT OR UPDATE ON changed FOR EACH ROW EXECUTE FUNCTION forget();

CREATE VIEW user_orders AS
    SELECT u.id, u.mail, u.name, o.id AS order_id, o.total, o.note FROM users u LEFT JOIN orders o ON o.user_id = u.id;
CREATE VIEW named AS SELECT id, name, mail FROM users WHERE name IS NOT NULL;
CREATE VIEW on_view AS SELECT order_id, total, upper(mail) AS mail FROM user_orders;
CREATE MATERIALIZED VIEW counted AS SELECT user_id, count(*) AS n, max(total) AS most FROM orders GROUP BY user_id;
CREATE VIEW ruled AS SELECT id, x FROM nothing;
CREATE RULE ruled_insert AS ON INSERT TO ruled DO INSTEAD
    INSERT INTO nothing VALUES (NEW.id, NEW.x) RETURNING id, NULL::int;

CREATE FUNCTION maybe(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULLIF($1, 1)';
CREATE FUNCTION loose(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
CREATE FUNCTION people() RETURNS SETOF users LANGUAGE sql STABLE AS 'SELECT * FROM users';
CREATE FUNCTION noisy(int) RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN $1; END';
CREATE FUNCTION noisy_eq(int, int) RETURNS bool LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN $1 = $2; END';
CREATE OPERATOR ==== (LEFTARG = int, RIGHTARG = int, FUNCTION = noisy_eq);
CREATE FUNCTION noisy_step(int, int) RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN $1 + $2; END';
CREATE AGGREGATE noisy_sum(int) (SFUNC = noisy_step, STYPE = int, INITCOND = '0');
CREATE AGGREGATE quiet_sum(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE VIEW noisy_view AS SELECT noisy(id) AS id FROM users;
CREATE VIEW locking_view AS SELECT id FROM users FOR UPDATE;
CREATE DOMAIN noisy_domain AS int CHECK (noisy_eq(VALUE, VALUE));
CREATE TABLE guarded (id int PRIMARY KEY);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY quiet ON guarded FOR SELECT USING (id > 0);
CREATE TABLE guarded_noisily (id int PRIMARY KEY);
ALTER TABLE guarded_noisily ENABLE ROW LEVEL SECURITY;
CREATE POLICY noisy ON guarded_noisily USING (noisy(id) > 0);
