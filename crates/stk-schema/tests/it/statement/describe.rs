//! Types, names, errors, and what describing leaves behind.

use std::time::Instant;

use stk_contract::types::{PgField, PgType};
use stk_schema::statement::{ColumnProblem, StatementError};

use super::{columns, database, describer};

#[tokio::test]
async fn parameters_have_the_types_the_statement_gives_them() {
    let database = database().await;
    let mut describer = describer(&database).await;
    let sql = "select 1 from users where id = $1 and status = $2 and tags && $3 and mail::email = $4 and settings @> $5 limit $6";
    let status =
        PgType::Enum { name: "status".into(), labels: ["new", "active", "gone"].map(String::from).to_vec() };
    let expected = vec![
        PgType::Int4,
        status,
        PgType::Array(Box::new(PgType::Text)),
        PgType::Text,
        PgType::Jsonb,
        PgType::Int8,
    ];
    assert_eq!(describer.describe(sql).await.unwrap().params, expected);
}

#[tokio::test]
async fn columns_have_types_down_to_the_fields_of_composites() {
    let database = database().await;
    let mut describer = describer(&database).await;
    let sql = "select home, mail::email, int4range(1, 2), '{}'::nummultirange, row(1), array[home], '1.1.1.1'::inet from users";
    let address = PgType::Composite {
        name: "address".into(),
        fields: ["street", "zip"].map(|name| PgField { name: name.into(), pg_type: PgType::Text }).to_vec(),
    };
    let expected = vec![
        address.clone(),
        PgType::Text,
        PgType::Range(Box::new(PgType::Int4)),
        PgType::Multirange(Box::new(PgType::Numeric)),
        PgType::Record,
        PgType::Array(Box::new(address)),
        PgType::Other("inet".into()),
    ];
    let statement = describer.describe(sql).await.unwrap();
    assert_eq!(statement.columns.into_iter().map(|column| column.pg_type).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn unnamed_and_doubled_columns_are_reported() {
    let database = database().await;
    let mut describer = describer(&database).await;
    let statement = describer.describe("select u.id, 1, o.id, o.id from users u, orders o").await.unwrap();
    let duplicate = |number| ColumnProblem::Duplicate { number, name: "id".into() };
    assert_eq!(
        statement.column_problems(),
        [ColumnProblem::Unnamed { number: 2 }, duplicate(3), duplicate(4)]
    );
    assert_eq!(describer.describe("select id, name from users").await.unwrap().column_problems(), []);
}

#[tokio::test]
async fn an_error_has_the_words_and_the_place_that_postgres_gives() {
    let database = database().await;
    let mut describer = describer(&database).await;
    let cases = [
        ("select 'é', nmae from users", "42703", Some(13)),
        ("select * from nowhere", "42P01", Some(15)),
        ("selct 1", "42601", Some(1)),
        ("select $2::int", "42P18", None),
        ("select 1; select 2", "42601", None),
        ("insert into on_view (order_id) values (1)", "55000", None),
    ];
    for (sql, sqlstate, position) in cases {
        let Err(StatementError::Sql(error)) = describer.describe(sql).await else {
            panic!("{sql} is described")
        };
        assert_eq!((error.sqlstate.as_str(), error.position), (sqlstate, position), "{sql}: {error:?}");
    }
    let Err(StatementError::Sql(error)) = describer.describe("select nmae from users").await else {
        panic!("it is described")
    };
    assert_eq!(error.message, "column \"nmae\" does not exist");
    assert!(error.hint.is_some_and(|hint| hint.contains("users.name")));
}

#[tokio::test]
async fn a_text_without_a_statement_is_refused() {
    let database = database().await;
    let mut describer = describer(&database).await;
    for sql in ["", "  -- nothing\n", ";", "/* a */"] {
        assert!(matches!(describer.describe(sql).await, Err(StatementError::Empty)), "{sql:?}");
    }
    assert!(matches!(describer.describe("select '\0'").await, Err(StatementError::Nul)));
}

#[tokio::test]
async fn failing_statements_do_not_shift_the_answers_of_the_others() {
    let database = database().await;
    let mut describer = describer(&database).await;
    // The second is analysed, and so shown, before it is refused; `home` has a type that is looked up on the way.
    let sqls = [
        "select id from users",
        "insert into on_view (order_id) values (1)",
        "select nope",
        "select home from users",
        "",
        "select name from users",
        "begin",
        "select status, name from users where name is not null",
    ];
    let described = describer.describe_all(&sqls).await.unwrap();
    let found: Vec<Option<String>> = described.iter().map(|one| one.as_ref().ok().map(columns)).collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        found,
        [some("id!"), None, None, some("home?"), None, some("name?"), some(""), some("status! name!")]
    );
}

#[tokio::test]
async fn names_of_any_kind_do_not_confuse_it() {
    let database = database().await;
    database
        .execute(r#"create table "t (:expr" (":resno" int not null, "} {(" int, "é""\ ((((((((((((((((((((((((((((((((((" int not null)"#)
        .await;
    let mut describer = describer(&database).await;
    let sql = r#"select ":resno" as ":expr", "} {(" as ":resjunk", 1 as ":commandType", 'x y' as "<>", "é""\ ((((((((((((((((((((((((((((((((((" as last from "t (:expr" "#;
    let statement = describer.describe(sql).await.unwrap();
    assert_eq!(columns(&statement), ":expr! :resjunk? :commandType! <>! last!");
    assert!(statement.shareable);
}

#[tokio::test]
async fn a_statement_too_deep_to_judge_is_taken_for_the_worst() {
    let database = database().await;
    let mut describer = describer(&database).await;
    let sql = format!("select 1{} as n", " + 1".repeat(2000));
    let statement = describer.describe(&sql).await.unwrap();
    assert_eq!((columns(&statement).as_str(), statement.shareable), ("n?", false));
    let sql = format!("select 1{} as n", " + 1".repeat(100));
    assert_eq!(columns(&describer.describe(&sql).await.unwrap()), "n!");
}

/// Nothing that is nested as deeply as it may be exhausts the stack of a worker, and nothing that branches the clock.
#[tokio::test]
async fn deep_and_wide_statements_are_judged_within_bounds() {
    let database = database().await;
    let mut views = String::from("create view v0 as select id, name from users;");
    for n in 1..30 {
        let below = n - 1;
        views += &format!("create view v{n} as select id, name from v{below};");
    }
    database.execute(&views).await;
    let mut describer = describer(&database).await;
    let nest = |times: usize, open: &str, inner: &str, close: &str| {
        format!("select {}{inner}{} as n", open.repeat(times), close.repeat(times))
    };
    let mut ctes = "with c0 as (select count(*) n from users)".to_owned();
    for n in 1..40 {
        ctes += &format!(", c{n} as (select (select a.n from c{0} a, c{0} b) n)", n - 1);
    }
    let sqls = [
        nest(30, "(select ", "1", ")"),
        nest(75, "(select ", "1", ")"),
        nest(180, "coalesce(null, ", "1", ")"),
        nest(90, "case when true then ", "1", " else 1 end"),
        nest(60, "array(select ", "1", ")").replace("array(select array(", "(select array("),
        format!("select 1 as n where {}", vec!["not (1 = 2 and (true"; 60].join(" or ") + &"))".repeat(60)),
        "select id as n from v29".to_owned(),
        format!("{ctes} select n from c39"),
    ];
    let started = Instant::now();
    for (sql, statement) in sqls.iter().zip(describer.describe_all(&sqls).await.unwrap()) {
        let statement = statement.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        assert_eq!(statement.columns.len(), 1, "{sql}");
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert_eq!(columns(&describer.describe(&sqls[0]).await.unwrap()), "n!");
}

#[tokio::test]
async fn a_changed_schema_is_seen_after_clear() {
    let database = database().await;
    let mut describer = describer(&database).await;
    let sql = "select name, status from users";
    assert_eq!(columns(&describer.describe(sql).await.unwrap()), "name? status!");
    database.execute("update users set name = 'x'; alter table users alter name set not null").await;
    describer.clear();
    assert_eq!(columns(&describer.describe(sql).await.unwrap()), "name! status!");
}

#[tokio::test]
async fn a_role_without_any_rights_describes_and_nothing_stays_behind() {
    let database = database().await;
    database.execute("create role nobody_at_all login").await;
    let mut config: tokio_postgres::Config = database.url.parse().unwrap();
    config.user("nobody_at_all");
    let mut describer =
        stk_schema::statement::Describer::connect(&config, tokio_postgres::NoTls).await.unwrap();
    let sqls = vec!["select id, order_id from user_orders where id = $1"; 100];
    for statement in describer.describe_all(&sqls).await.unwrap() {
        assert_eq!(columns(&statement.unwrap()), "id! order_id?");
    }
    // The statements are closed by messages that go before this one.
    let left = describer.describe("select name from pg_prepared_statements").await.unwrap();
    assert_eq!(left.columns.len(), 1);
}

#[tokio::test]
async fn five_hundred_statements_take_well_under_two_seconds() {
    let database = database().await;
    let mut describer = describer(&database).await;
    let sqls: Vec<String> = (0..500)
        .map(|n| {
            format!(
                "select u.id, u.status, v.total as t{n}, count(*) over () from users u left join user_orders v using (id) \
                 where u.name = $1 and u.id > {n} order by u.created_at limit 20"
            )
        })
        .collect();
    let started = Instant::now();
    for statement in describer.describe_all(&sqls).await.unwrap() {
        statement.unwrap();
    }
    let taken = started.elapsed();
    assert!(taken.as_millis() < 2000, "{taken:?}");
}
