//! Changes of a table of a million rows while a client reads and writes it: no statement of the client waits longer
//! than a second, and none fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use stk_schema::{ApplyOptions, apply, parse, plan};
use stk_testkit::Database;
use tokio_postgres::Client;

const ROWS: i32 = 1_000_000;

/// The longest that a statement of the client may take.
const WAIT_MAX: Duration = Duration::from_secs(1);

const TABLES: &str = "
    CREATE TABLE owners (id int PRIMARY KEY);
    INSERT INTO owners SELECT generate_series(1, 1000);
    CREATE TABLE items (id int PRIMARY KEY, owner int, name varchar(50) NOT NULL, price numeric(8, 2) NOT NULL,
                        note varchar(100) NOT NULL, hits int NOT NULL);
    INSERT INTO items SELECT n, n % 1000 + 1, 'item ' || n, n % 900, 'a note', n % 7 FROM generate_series(1, 1000000) n;
    CREATE INDEX by_name ON items (name);
    ANALYZE;
";

/// Columns by name and body, and what follows them.
struct Wanted {
    columns: Vec<(&'static str, String)>,
    rest: String,
}

impl Wanted {
    fn new() -> Wanted {
        let column = |name, body: &str| (name, body.to_owned());
        Wanted {
            columns: vec![
                column("id", "type = int"),
                column("owner", "type = int\n    null = true"),
                column("name", "type = varchar(50)"),
                column("price", "type = numeric(8, 2)"),
                column("note", "type = varchar(100)"),
                column("hits", "type = int"),
            ],
            rest: "  index \"by_name\" { columns = [column.name] }\n".to_owned(),
        }
    }

    fn set(&mut self, name: &'static str, body: &str) {
        match self.columns.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = body.to_owned(),
            None => self.columns.push((name, body.to_owned())),
        }
    }

    fn hcl(&self) -> String {
        let columns: String = self
            .columns
            .iter()
            .map(|(name, body)| format!("  column \"{name}\" {{\n    {body}\n  }}\n"))
            .collect();
        format!(
            "schema \"public\" {{}}\ntable \"owners\" {{\n  column \"id\" {{ type = int }}\n  \
             primary_key {{ columns = [column.id] }}\n}}\ntable \"items\" {{\n{columns}  \
             primary_key {{ columns = [column.id] }}\n{}}}\n",
            self.rest
        )
    }
}

/// What a change is called, and what it makes of the table.
type Step = (&'static str, fn(&mut Wanted));

fn changes() -> Vec<Step> {
    vec![
        ("add a column with a default", |it| it.set("state", "type = text\n    default = \"new\"")),
        ("add NOT NULL", |it| it.set("owner", "type = int")),
        ("add an index", |it| it.rest.push_str("  index \"by_price\" { columns = [column.price] }\n")),
        ("change an index", |it| {
            it.rest = it.rest.replace("columns = [column.name]", "columns = [column.name, column.id]");
        }),
        ("add a foreign key", |it| {
            it.rest.push_str(
                "  foreign_key \"of_owner\" {\n    columns = [column.owner]\n    ref_columns = [table.owners.column.id]\n  }\n",
            );
        }),
        ("add a check", |it| it.rest.push_str("  check \"paid\" { expr = \"price >= 0\" }\n")),
        ("widen a varchar", |it| it.set("name", "type = varchar(80)")),
        ("widen a numeric", |it| it.set("price", "type = numeric(12, 2)")),
        ("varchar to text", |it| it.set("note", "type = text")),
        ("int to bigint by a shadow column", |it| it.set("hits", "type = bigint")),
    ]
}

/// What the client saw.
#[derive(Debug, Default)]
struct Seen {
    statements: u64,
    longest: Duration,
    slowest: String,
    failures: Vec<String>,
}

/// Reads and writes rows until it is told to stop.
async fn traffic(client: Client, seed: i32, stop: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    let mut number = seed;
    while !stop.load(Ordering::Relaxed) {
        number = (number.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff) % ROWS;
        let id = number + 1;
        let new = ROWS + seed + (seen.statements as i32) * 4;
        let statements = [
            format!("SELECT * FROM items WHERE id = {id}"),
            format!("UPDATE items SET hits = hits + 1, price = price + 1 WHERE id = {id}"),
            format!(
                "INSERT INTO items (id, owner, name, price, note, hits) VALUES ({new}, 7, 'new', 1, 'n', 0)"
            ),
            format!("DELETE FROM items WHERE id = {new}"),
        ];
        for sql in statements {
            let started = Instant::now();
            if let Err(error) = client.batch_execute(&sql).await {
                seen.failures
                    .push(format!("{sql}: {:?}", error.as_db_error().map(|it| it.message().to_owned())));
            }
            seen.statements += 1;
            if started.elapsed() > seen.longest {
                (seen.longest, seen.slowest) = (started.elapsed(), sql);
            }
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_waits_long_or_fails_while_a_million_rows_change() {
    let database = Database::with(TABLES).await;
    let mut client = database.connect().await;
    let mut wanted = Wanted::new();
    let mut told = Vec::new();
    for (name, change) in changes() {
        change(&mut wanted);
        let (model, diagnostics) = parse(&[("main.hcl".to_owned(), wanted.hcl().as_str())], &BTreeMap::new());
        assert_eq!(diagnostics, [], "{name}");
        let plan = plan(&mut client, &model).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!plan.is_empty(), "{name}");
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = Vec::new();
        for seed in [1, 2] {
            clients.push(tokio::spawn(traffic(database.connect().await, seed, stop.clone())));
        }
        let started = Instant::now();
        let applied = apply(&mut client, &plan, &ApplyOptions::default()).await;
        let took = started.elapsed();
        stop.store(true, Ordering::Relaxed);
        applied.unwrap_or_else(|error| panic!("{name}: {error}"));
        for running in clients {
            let seen = running.await.unwrap();
            assert_eq!(seen.failures, Vec::<String>::new(), "{name}");
            assert!(seen.longest <= WAIT_MAX, "{name}: {seen:?}");
            told.push(format!(
                "{name}: {took:?}, {} statements, longest {:?}",
                seen.statements, seen.longest
            ));
        }
    }
    let kinds = "SELECT string_agg(format_type(atttypid, atttypmod), ', ' ORDER BY attname) FROM pg_attribute
                 WHERE attrelid = 'items'::regclass AND attname IN ('hits', 'name', 'note', 'price') AND NOT attisdropped";
    let kinds: String = client.query_one(kinds, &[]).await.unwrap().get(0);
    assert_eq!(kinds, "bigint, character varying(80), text, numeric(12,2)", "{told:#?}");
    println!("{told:#?}");
}
