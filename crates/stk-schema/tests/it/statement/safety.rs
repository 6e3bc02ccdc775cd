//! Which statements may share a connection, which write, and which are none that logic may hold.

use stk_schema::statement::StatementKind;

use super::{database, describer};

#[tokio::test]
async fn only_a_proved_read_shares_a_connection() {
    let shareable = [
        "select id, name from users where id = $1",
        "select count(*), max(total) from orders group by user_id",
        "values (1)",
        "table users",
        "with c as (select * from users) select * from c union select * from c",
        "select now(), current_date, current_setting('timezone')",
        "select * from user_orders join named using (id)",
        "select * from counted",
        "select quiet_sum(id), maybe(1) from users",
        "select * from guarded",
        "select status::text, '2024-01-01'::date, 'a'::short, home from users",
        "select * from pg_catalog.pg_class",
    ];
    let alone = [
        "select random()",
        "select pg_sleep(0)",
        "select nextval('orders_id_seq')",
        "select pg_advisory_lock(1)",
        "select set_config('a.b', 'c', false)",
        "select lo_create(0)",
        "select id from users for update",
        "select id from users for key share",
        "select * from (select id from users for share) s",
        "select * from users where id = (select noisy(1))",
        "select 1 where 1 ==== 1",
        "select * from users order by noisy(id)",
        "select noisy_sum(id) from users",
        "select sum(id) filter (where noisy(id) > 0) from users",
        "select * from noisy_view",
        "select * from locking_view",
        "select 1::noisy_domain",
        "select * from guarded_noisily",
        "select * from users tablesample system (10)",
        "with d as (delete from orders returning id) select * from d",
        "insert into nothing values (1, 2)",
        "select gen_random_uuid()",
        "select clock_timestamp()",
        "select * from query_to_xml('select 1', true, true, '') x",
        "select pg_notify('a', 'b')",
    ];
    let database = database().await;
    let mut describer = describer(&database).await;
    for sql in shareable {
        let statement = describer.describe(sql).await.unwrap();
        assert!(statement.shareable && !statement.volatile && !statement.writes, "{sql}: {statement:?}");
    }
    for sql in alone {
        assert!(!describer.describe(sql).await.unwrap().shareable, "{sql}");
    }
}

#[tokio::test]
async fn a_statement_says_what_it_does_and_whether_it_writes() {
    use StatementKind::*;
    let utility = |word: &str| Utility(word.to_owned());
    let cases = [
        ("select 1", Select, false),
        ("values (1)", Select, false),
        ("select random()", Select, false),
        ("insert into nothing values (1, 2)", Insert, true),
        ("update users set age = 1", Update, true),
        ("delete from users", Delete, true),
        ("merge into nothing n using users u on n.id = u.id when matched then delete", Merge, true),
        ("with d as (delete from orders returning id) select * from d", Select, true),
        (
            "with d as (delete from orders returning id) insert into nothing select id, id from d",
            Insert,
            true,
        ),
        ("begin", utility("BEGIN"), false),
        ("COMMIT", utility("COMMIT"), false),
        ("-- c\n/* d */ set search_path to x", utility("SET"), false),
        ("listen a", utility("LISTEN"), false),
        ("copy users to stdout", utility("COPY"), false),
        ("create table z (id int)", utility("CREATE"), false),
        ("create table z as select 1 a", utility("CREATE"), false),
        ("select id into z from users", utility("SELECT"), false),
        ("drop table users", utility("DROP"), false),
        ("explain select 1", utility("EXPLAIN"), false),
        ("truncate users", utility("TRUNCATE"), false),
        ("do $$ begin end $$", utility("DO"), false),
        ("lock table users", utility("LOCK"), false),
        ("declare c cursor for select 1", utility("DECLARE"), false),
    ];
    let database = database().await;
    let mut describer = describer(&database).await;
    for (sql, kind, writes) in cases {
        let statement = describer.describe(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        assert_eq!((&statement.kind, statement.writes), (&kind, writes), "{sql}");
        assert!(!statement.shareable || kind == Select, "{sql}");
    }
}

#[tokio::test]
async fn volatility_is_told_apart_from_writing() {
    let database = database().await;
    let mut describer = describer(&database).await;
    assert!(describer.describe("select random()").await.unwrap().volatile);
    assert!(describer.describe("select * from noisy_view").await.unwrap().volatile);
    assert!(!describer.describe("select now()").await.unwrap().volatile);
    assert!(!describer.describe("select id from users for update").await.unwrap().volatile);
}
