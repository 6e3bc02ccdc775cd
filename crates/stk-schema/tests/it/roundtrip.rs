//! A database inspected, written as HCL and read again: nothing to do, and the same database where there was none.

use std::collections::BTreeMap;

use stk_schema::{ApplyOptions, Model, PlanError, apply, inspect, parse, plan, to_hcl};
use stk_testkit::Database;
use tokio_postgres::Client;

fn read(hcl: &str) -> Model {
    let (model, diagnostics) = parse(&[("main.hcl".to_owned(), hcl)], &BTreeMap::new());
    let text: String = diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect();
    assert!(diagnostics.is_empty(), "{text}\n{hcl}");
    model
}

/// The steps that make the database of `client` what `hcl` says.
async fn steps(client: &mut Client, hcl: &str) -> Vec<String> {
    match plan(client, &read(hcl)).await {
        Ok(plan) => plan.steps.into_iter().map(|step| step.sql).collect(),
        Err(PlanError::Diagnostics(diagnostics)) => {
            let text: String = diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect();
            panic!("{text}\n{hcl}")
        }
        Err(error) => panic!("{error}\n{hcl}"),
    }
}

/// Makes a database of `sql`; its HCL plans to nothing there, and makes the same database elsewhere.
async fn check(schemas: &[&str], sql: &str) -> String {
    let schemas: Vec<String> = schemas.iter().map(|name| (*name).to_owned()).collect();
    let database = Database::create().await;
    let mut client = database.connect().await;
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{:?}\n{sql}", error.as_db_error()));
    let hcl = to_hcl(&inspect(&mut client, &schemas).await.expect("a model"));
    let nothing = steps(&mut client, &hcl).await;
    assert!(nothing.is_empty(), "{}\n\n{hcl}", nothing.join(";\n"));
    let other = Database::create().await;
    let mut client = other.connect().await;
    let whole = plan(&mut client, &read(&hcl)).await.unwrap_or_else(|error| panic!("{error}\n{hcl}"));
    let applied = apply(&mut client, &whole, &ApplyOptions::default()).await;
    applied.unwrap_or_else(|error| panic!("{error}\n{hcl}"));
    let again = to_hcl(&inspect(&mut client, &schemas).await.expect("a model"));
    assert_eq!(again, hcl, "the same schema elsewhere");
    hcl
}

#[tokio::test]
async fn types_sequences_and_defaults() {
    let hcl = check(
        &["public"],
        "CREATE TYPE mood AS ENUM ('sad', 'it''s \"ok\" ${x}');
         CREATE DOMAIN email AS varchar(80) COLLATE \"C\" NOT NULL DEFAULT 'a@b' CONSTRAINT has_at CHECK (VALUE ~ '@');
         COMMENT ON DOMAIN email IS 'an address';
         COMMENT ON CONSTRAINT has_at ON DOMAIN email IS 'why';
         CREATE TYPE address AS (street text COLLATE \"C\", mood mood, mails email[]);
         COMMENT ON COLUMN address.street IS 'with number';
         CREATE SEQUENCE numbers AS int START 5 INCREMENT 2 MINVALUE 3 MAXVALUE 99 CACHE 7 CYCLE;
         CREATE SEQUENCE down INCREMENT -1;
         CREATE TABLE t (
             id bigserial PRIMARY KEY, small smallserial, n int NOT NULL DEFAULT nextval('numbers'),
             mood mood DEFAULT 'sad', mail email, home address, moods mood[] DEFAULT '{sad}',
             price numeric(10, 2) DEFAULT 1.5, code char(3), at timestamptz(3) DEFAULT now(),
             on_ boolean DEFAULT true, title text DEFAULT 'it''s', note varchar DEFAULT 'x', big bigint DEFAULT 12,
             span interval day to second(3), bits bit varying(5), low real DEFAULT -1);
         CREATE SEQUENCE owned START 9 OWNED BY t.n;",
    )
    .await;
    assert!(hcl.contains("type    = domain.email") || hcl.contains("type = domain.email"), "{hcl}");
    assert!(hcl.contains("values = [\"sad\", \"it's \\\"ok\\\" $${x}\"]"), "{hcl}");
}

#[tokio::test]
async fn tables_with_all_that_stands_in_them() {
    check(
        &["public"],
        "CREATE TABLE \"Weird Name\" (\"Id 1\" int GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5 MAXVALUE 1000 CYCLE),
             b text COLLATE \"C\", c int GENERATED ALWAYS AS (length(b) * 2) STORED,
             CONSTRAINT odd PRIMARY KEY (\"Id 1\") INCLUDE (b));
         CREATE TABLE later (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
         CREATE UNLOGGED TABLE t (a int PRIMARY KEY, b int, c text, r int4range, d int,
             CONSTRAINT u UNIQUE NULLS NOT DISTINCT (b, c) WITH (fillfactor = 70) DEFERRABLE,
             CONSTRAINT positive CHECK (a > 0) NO INHERIT,
             CONSTRAINT apart EXCLUDE USING gist (r WITH &&) WHERE (a > 5) DEFERRABLE INITIALLY DEFERRED,
             CONSTRAINT own FOREIGN KEY (b) REFERENCES t (a) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL (b)
                 DEFERRABLE INITIALLY DEFERRED)
             WITH (fillfactor = 80, autovacuum_enabled = off, toast.autovacuum_enabled = off);
         ALTER TABLE t ADD CONSTRAINT late CHECK (b > 0) NOT VALID;
         ALTER TABLE t ADD CONSTRAINT late_key FOREIGN KEY (d) REFERENCES \"Weird Name\" (\"Id 1\") NOT VALID;
         CREATE INDEX i ON t (lower(c) COLLATE \"C\" text_pattern_ops DESC NULLS LAST, b NULLS FIRST) INCLUDE (d)
             WITH (fillfactor = 60) WHERE c IS NOT NULL;
         CREATE INDEX brin ON t USING brin (a) WITH (pages_per_range = 8, autosummarize = on);
         CREATE UNIQUE INDEX once ON t (d) NULLS NOT DISTINCT;
         ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         ALTER TABLE t FORCE ROW LEVEL SECURITY;
         CREATE POLICY mine ON t AS RESTRICTIVE FOR UPDATE TO CURRENT_USER USING (a > 1) WITH CHECK (b > 1);
         CREATE POLICY everyone ON t;
         COMMENT ON TABLE t IS 'two
lines';
         COMMENT ON COLUMN t.a IS 'a \\ b';
         COMMENT ON INDEX i IS 'index';
         COMMENT ON CONSTRAINT positive ON t IS 'check';
         COMMENT ON CONSTRAINT u ON t IS 'unique';
         COMMENT ON CONSTRAINT own ON t IS 'key';
         COMMENT ON CONSTRAINT apart ON t IS 'exclusion';
         COMMENT ON POLICY mine ON t IS 'policy';",
    )
    .await;
}

#[tokio::test]
async fn partitions_with_their_own() {
    check(
        &["public"],
        "CREATE TABLE logs (id int, at date NOT NULL, kind text) PARTITION BY RANGE (at, lower(kind));
         CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2020-01-01', MINVALUE) TO ('2021-01-01', 'x')
             PARTITION BY HASH (id);
         CREATE TABLE logs_1_a PARTITION OF logs_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
         CREATE TABLE kinds (kind int) PARTITION BY LIST (kind);
         CREATE TABLE kinds_1 PARTITION OF kinds FOR VALUES IN (1, NULL, 3);
         CREATE INDEX logs_at ON logs (at);
         COMMENT ON TABLE kinds_1 IS 'few';",
    )
    .await;
}

#[tokio::test]
async fn routines_and_triggers() {
    let hcl = check(
        &["public"],
        "CREATE TABLE t (a int, b text);
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- %{ not a template ${here}
  NEW.b := 'x\\n';
  RETURN NEW;
END;
$$;
         CREATE FUNCTION f(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5
             SET search_path = public, pg_temp SET work_mem = '1MB' AS 'SELECT a';
         CREATE FUNCTION f(a text) RETURNS SETOF t LANGUAGE sql STABLE ROWS 10 SECURITY DEFINER AS 'SELECT * FROM t';
         CREATE FUNCTION g(INOUT a int, OUT b text, VARIADIC c int[]) LANGUAGE sql AS 'SELECT 1, ''x''';
         CREATE FUNCTION h() RETURNS TABLE (x int, y text) LANGUAGE sql BEGIN ATOMIC SELECT t.a, t.b FROM t; END;
         CREATE FUNCTION r(int) RETURNS int LANGUAGE sql RETURN $1 + 1;
         CREATE PROCEDURE p(a int, INOUT b int) LANGUAGE plpgsql AS $$BEGIN b := a; END$$;
         COMMENT ON FUNCTION r(int) IS 'one more';
         CREATE TABLE calls (n int DEFAULT f(1), CHECK (r(n) > 0));
         CREATE TRIGGER touched BEFORE INSERT OR UPDATE OF b ON t FOR EACH ROW
             WHEN (NEW.b IS DISTINCT FROM 'a WHEN (b') EXECUTE FUNCTION touch('x', '2');
         CREATE CONSTRAINT TRIGGER later AFTER DELETE ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
             EXECUTE FUNCTION touch();
         CREATE TRIGGER changed AFTER UPDATE ON t REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT
             EXECUTE FUNCTION touch();
         ALTER TABLE t DISABLE TRIGGER changed;
         COMMENT ON TRIGGER touched ON t IS 'trigger';",
    )
    .await;
    assert!(hcl.contains("function = function.touch"), "{hcl}");
}

#[tokio::test]
async fn views_over_views() {
    check(
        &["public"],
        "CREATE TABLE t (id int PRIMARY KEY, b text);
         CREATE VIEW a WITH (security_invoker = true) AS SELECT * FROM t WHERE id > 0 WITH CASCADED CHECK OPTION;
         CREATE VIEW z WITH (security_barrier = true) AS SELECT a.id AS one, count(*) AS many FROM a GROUP BY a.id;
         CREATE VIEW grouped AS SELECT t.id, t.b FROM t GROUP BY t.id;
         CREATE MATERIALIZED VIEW m WITH (fillfactor = 90) AS SELECT one FROM z;
         CREATE UNIQUE INDEX m_one ON m (one);
         CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
         CREATE TRIGGER put INSTEAD OF INSERT ON z FOR EACH ROW EXECUTE FUNCTION put();
         COMMENT ON VIEW a IS 'view';
         COMMENT ON COLUMN a.b IS 'column';
         COMMENT ON MATERIALIZED VIEW m IS 'materialized';",
    )
    .await;
}

#[tokio::test]
async fn names_that_several_schemas_have() {
    let hcl = check(
        &["public", "Other-1"],
        "CREATE SCHEMA \"Other-1\";
         COMMENT ON SCHEMA \"Other-1\" IS 'another';
         CREATE TYPE kind AS ENUM ('a');
         CREATE TYPE \"Other-1\".kind AS ENUM ('b');
         CREATE TABLE t (id int PRIMARY KEY, kind kind);
         CREATE TABLE \"Other-1\".t (id int PRIMARY KEY REFERENCES public.t (id), kind \"Other-1\".kind,
             other public.kind);
         CREATE VIEW \"Other-1\".v AS SELECT x.id FROM public.t x JOIN \"Other-1\".t y USING (id);",
    )
    .await;
    assert!(hcl.contains("table.public.t.column.id"), "{hcl}");
}

#[tokio::test]
async fn privileges_and_extensions() {
    let hcl = check(
        &["public"],
        "DO $$BEGIN CREATE ROLE stk_reader; EXCEPTION WHEN duplicate_object THEN NULL; END$$;
         CREATE EXTENSION citext;
         CREATE TABLE t (a citext, b int);
         CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION open() RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE SEQUENCE s;
         CREATE TYPE e AS ENUM ('a');
         REVOKE EXECUTE ON FUNCTION f FROM PUBLIC;
         GRANT SELECT, INSERT ON t TO stk_reader;
         GRANT UPDATE (b) ON t TO stk_reader WITH GRANT OPTION;
         GRANT USAGE ON SEQUENCE s TO PUBLIC;
         GRANT USAGE ON TYPE e TO stk_reader;",
    )
    .await;
    assert!(hcl.contains("privileges = []"), "{hcl}");
    assert!(!hcl.contains("function.open"), "what Postgres gives by itself is not written: {hcl}");
}
