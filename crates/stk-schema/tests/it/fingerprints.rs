//! What changes the fingerprint, and what does not.

use stk_schema::fingerprint;
use stk_testkit::Database;

const BASE: &str = "
CREATE SCHEMA app;
CREATE SCHEMA other;
CREATE TYPE app.mood AS ENUM ('a');
CREATE DOMAIN app.mail AS text;
CREATE TABLE app.t (id int PRIMARY KEY, name text, mood app.mood);
CREATE TABLE app.u (id int, at timestamptz DEFAULT '2020-01-02 03:04:05+00', every interval DEFAULT '1 day 2:03');
CREATE VIEW app.v AS SELECT id FROM app.t;
CREATE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SEQUENCE app.s;
";

async fn of(client: &mut tokio_postgres::Client) -> String {
    fingerprint(client, &["app".to_owned()]).await.expect("a fingerprint")
}

#[tokio::test]
async fn every_change_that_a_statement_could_see_changes_it() {
    let database = Database::with(BASE).await;
    let mut client = database.connect().await;
    let mut seen = vec![of(&mut client).await];
    for change in [
        "ALTER TABLE app.t ADD COLUMN extra int",
        "ALTER TABLE app.t ALTER extra TYPE bigint",
        "ALTER TABLE app.t ALTER extra SET NOT NULL",
        "ALTER TABLE app.t ALTER extra SET DEFAULT 5",
        "ALTER TABLE app.t ALTER name TYPE text COLLATE \"C\"",
        "ALTER TABLE app.t RENAME name TO title",
        "ALTER TABLE app.t ADD CONSTRAINT c CHECK (id > 0) NOT VALID",
        "ALTER TABLE app.t VALIDATE CONSTRAINT c",
        "ALTER TABLE app.t ADD UNIQUE (title)",
        "ALTER TABLE app.u ADD FOREIGN KEY (id) REFERENCES app.t (id)",
        "CREATE INDEX i ON app.t (title)",
        "DROP INDEX app.i; CREATE INDEX i ON app.t (title DESC)",
        "CREATE OR REPLACE VIEW app.v AS SELECT id + 0 AS id FROM app.t",
        "ALTER VIEW app.v SET (security_invoker = true)",
        "CREATE OR REPLACE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
        "ALTER FUNCTION app.f(int) STABLE",
        "ALTER FUNCTION app.f(int) SECURITY DEFINER",
        "ALTER TYPE app.mood ADD VALUE 'b'",
        "ALTER DOMAIN app.mail ADD CHECK (VALUE <> '')",
        "ALTER TABLE app.t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON app.t USING (id = 1)",
        "ALTER POLICY p ON app.t USING (id = 2)",
        "CREATE FUNCTION app.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.g()",
        "ALTER SEQUENCE app.s INCREMENT 2",
        "ALTER SEQUENCE app.s CACHE 5",
        "ALTER SEQUENCE app.s OWNED BY app.t.id",
        "ALTER FUNCTION app.f(int) COST 7",
        "CREATE RULE r AS ON DELETE TO app.u DO INSTEAD NOTHING",
        "ALTER TABLE app.t SET (toast.autovacuum_enabled = off)",
        "CREATE TABLE app.parts (a int) PARTITION BY LIST (a)",
        "CREATE TABLE app.part PARTITION OF app.parts FOR VALUES IN (1)",
        "ALTER TABLE app.parts DETACH PARTITION app.part",
        "CREATE EXTENSION citext SCHEMA other",
        "CREATE MATERIALIZED VIEW app.m AS SELECT 1 AS a",
        "CREATE TYPE app.pair AS (a int, b text)",
        "ALTER TYPE app.pair ADD ATTRIBUTE c int",
        "DROP TABLE app.u",
    ] {
        client.batch_execute(change).await.unwrap();
        let after = of(&mut client).await;
        assert!(!seen.contains(&after), "not seen: {change}");
        seen.push(after);
    }
}

#[tokio::test]
async fn what_no_statement_can_see_does_not_change_it() {
    let database = Database::with(BASE).await;
    let mut client = database.connect().await;
    let before = of(&mut client).await;
    for change in [
        "INSERT INTO app.t VALUES (1, 'x', 'a')",
        "ANALYZE app.t",
        "COMMENT ON TABLE app.t IS 'c'",
        "CREATE TABLE other.t (a int)",
        "CREATE TABLE public.t (a int)",
        "SELECT nextval('app.s')",
        "SET search_path = app, other",
        "SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; SET intervalstyle = 'iso_8601'",
        "SET quote_all_identifiers = on",
    ] {
        client.batch_execute(change).await.unwrap();
        assert_eq!(of(&mut client).await, before, "{change}");
    }
}

#[tokio::test]
async fn two_databases_of_one_schema_have_one_fingerprint() {
    let first = Database::with(BASE).await;
    let second = Database::with(&format!("CREATE TABLE first_oids_differ (a text);{BASE}")).await;
    // A dropped column leaves a hole in the numbers, which nobody sees.
    second.execute("ALTER TABLE app.u ADD gone int; ALTER TABLE app.u DROP gone").await;
    assert_eq!(of(&mut first.connect().await).await, of(&mut second.connect().await).await);
}

#[tokio::test]
async fn the_search_path_of_the_session_stays() {
    let database = Database::with(BASE).await;
    let mut client = database.connect().await;
    client.batch_execute("SET search_path = app").await.unwrap();
    of(&mut client).await;
    let path: String = client.query_one("SHOW search_path", &[]).await.unwrap().get(0);
    assert_eq!(path, "app");
}
