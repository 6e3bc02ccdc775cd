//! Plans written by hand, so that what `apply` does with each kind of step is tested apart from planning.

use std::collections::BTreeMap;

use stk_schema::{Backfill, Effort, Leftover, Lock, LockLevel, Plan, Step, snapshot};
use stk_testkit::Database;
use tokio_postgres::Client;

/// A step in a transaction.
pub fn step(sql: &str) -> Step {
    Step {
        sql: sql.to_owned(),
        summary: sql.split_whitespace().take(4).collect::<Vec<_>>().join(" ").to_lowercase(),
        in_transaction: true,
        starts_anew: false,
        backfill: None,
        locks: Vec::new(),
        effort: Effort::Catalog,
        rows: None,
        hazards: Vec::new(),
        probe: None,
        leftover: None,
    }
}

/// A step that locks a table of `public`.
pub fn on(table: &str, level: LockLevel, sql: &str) -> Step {
    let lock = Lock { level, schema: "public".to_owned(), table: table.to_owned() };
    Step { locks: vec![lock], ..step(sql) }
}

pub fn outside(step: Step) -> Step {
    Step { in_transaction: false, ..step }
}

/// A concurrent build of the index `name` on `table`.
pub fn build(table: &str, name: &str, rest: &str) -> Step {
    let sql = format!("CREATE {rest} INDEX CONCURRENTLY {name} ON public.{table}");
    let leftover = Leftover::InvalidIndex { schema: "public".to_owned(), name: name.to_owned() };
    let sql = sql.replace("  ", " ");
    let columns = if table == "items" { "(price)" } else { "(id)" };
    Step {
        leftover: Some(leftover),
        effort: Effort::Build,
        ..outside(on(table, LockLevel::ShareUpdateExclusive, &format!("{sql} {columns}")))
    }
}

/// A backfill over the primary key `id` of `table`: `set` is what is done to each row of a batch.
pub fn backfill(table: &str, set: &str, batch_rows: u32) -> Step {
    let sql = format!(
        "WITH batch AS (
             SELECT id FROM public.{table} WHERE $1::text[] IS NULL OR id > ($1::text[])[1]::int8
             ORDER BY id LIMIT $2::int8 FOR NO KEY UPDATE
         ), written AS (
             UPDATE public.{table} t SET {set} FROM batch WHERE t.id = batch.id RETURNING 1
         )
         SELECT (SELECT ARRAY[max(id)::text] FROM batch HAVING count(*) > 0) AS last,
                (SELECT count(*) FROM written) AS rows"
    );
    let backfill = Backfill { schema: "public".to_owned(), table: table.to_owned(), batch_rows };
    Step {
        backfill: Some(backfill),
        effort: Effort::Rewrite,
        ..outside(on(table, LockLevel::RowExclusive, &sql))
    }
}

/// A plan of these steps for the database as it is.
pub async fn plan_of(client: &mut Client, steps: Vec<Step>) -> Plan {
    let schemas = vec!["public".to_owned()];
    let snapshot = snapshot(client, &schemas).await.unwrap();
    let (fingerprint, objects): (String, BTreeMap<_, _>) = (snapshot.fingerprint, snapshot.objects);
    Plan { steps, fingerprint, schemas, objects, unmanaged: Vec::new() }
}

/// A table of 1,000 rows that the plan of [`twelve`] changes in each way that there is.
pub const ITEMS: &str = "
    CREATE TYPE state AS ENUM ('new');
    CREATE TABLE items (id int8 PRIMARY KEY, price int4 NOT NULL, note text);
    CREATE INDEX items_note ON items (note);
    INSERT INTO items SELECT n, n % 700, 'note ' || n FROM generate_series(1, 1000) n;
";

/// Twelve steps: transactions of one step and of several, builds, a value of an enum, and a backfill with its shadow
/// column.
pub fn twelve() -> Vec<Step> {
    let exclusive = LockLevel::AccessExclusive;
    let anew = |step: Step| Step { starts_anew: true, ..step };
    vec![
        step("CREATE TABLE public.shops (id int8 PRIMARY KEY)"),
        on("items", exclusive, "ALTER TABLE public.items ADD COLUMN stk_price int8"),
        outside(step("ALTER TYPE public.state ADD VALUE 'sold'")),
        step(
            "CREATE FUNCTION public.stk_copy() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN NEW.stk_price := NEW.price; RETURN NEW; END $$",
        ),
        on(
            "items",
            exclusive,
            "CREATE TRIGGER stk_copy BEFORE INSERT OR UPDATE ON public.items FOR EACH ROW \
             EXECUTE FUNCTION public.stk_copy()",
        ),
        backfill("items", "price = t.price", 100),
        build("items", "items_price", ""),
        anew(on(
            "items",
            exclusive,
            "ALTER TABLE public.items ADD CONSTRAINT price_there CHECK (stk_price IS NOT NULL) NOT VALID",
        )),
        anew(on(
            "items",
            LockLevel::ShareUpdateExclusive,
            "ALTER TABLE public.items VALIDATE CONSTRAINT price_there",
        )),
        anew(on(
            "items",
            exclusive,
            "ALTER TABLE public.items ADD COLUMN state public.state NOT NULL DEFAULT 'sold'",
        )),
        outside(on("items", LockLevel::ShareUpdateExclusive, "DROP INDEX CONCURRENTLY public.items_note")),
        on("items", LockLevel::ShareUpdateExclusive, "COMMENT ON TABLE public.items IS 'what is sold'"),
    ]
}

/// That every step of [`twelve`] has had its effect, once.
pub async fn assert_twelve_done(database: &Database) {
    let client = database.connect().await;
    let row = client
        .query_one(
            "SELECT count(*), count(*) FILTER (WHERE stk_price = price AND state = 'sold'),
                    to_regclass('items_note') IS NULL, obj_description('items'::regclass),
                    (SELECT indisvalid FROM pg_index WHERE indexrelid = 'items_price'::regclass),
                    (SELECT convalidated FROM pg_constraint WHERE conname = 'price_there'),
                    enum_range(NULL::state)::text, to_regclass('shops') IS NOT NULL
             FROM items",
            &[],
        )
        .await
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1000, 1000));
    assert!(row.get::<_, bool>(2) && row.get::<_, bool>(4) && row.get::<_, bool>(5) && row.get::<_, bool>(7));
    assert_eq!(row.get::<_, String>(3), "what is sold");
    assert_eq!(row.get::<_, String>(6), "{new,sold}");
}
