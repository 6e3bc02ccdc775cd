//! Nullability: as tight as the table says, and never wrong about a row that Postgres really returns.

use tokio_postgres::SimpleQueryMessage;

use super::null_cases::CASES;
use super::{columns, database, describer};

#[tokio::test]
async fn columns_are_non_null_where_it_can_be_proved_and_nowhere_else() {
    let database = database().await;
    let mut describer = describer(&database).await;
    let sqls: Vec<&str> = CASES.iter().map(|(sql, _)| *sql).collect();
    let described = describer.describe_all(&sqls).await.unwrap();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for ((sql, expected), statement) in CASES.iter().zip(described) {
        let statement = statement.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        judged += statement.columns.len();
        let found = columns(&statement);
        if found != *expected {
            wrong.push(format!("{sql}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged >= 150, "only {judged} columns are judged");
}

/// Runs every case that has no parameters over tables full of nulls, empty tables and joins without a match.
#[tokio::test]
async fn no_column_typed_non_null_ever_returns_null() {
    let database = database().await;
    let mut describer = describer(&database).await;
    let client = database.connect().await;
    let mut rows_seen = 0;
    for (sql, _) in CASES {
        let statement = describer.describe(sql).await.unwrap();
        if !statement.params.is_empty() {
            continue;
        }
        client.batch_execute("BEGIN").await.unwrap();
        let rows = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        client.batch_execute("ROLLBACK").await.unwrap();
        for row in rows.iter() {
            let SimpleQueryMessage::Row(row) = row else { continue };
            rows_seen += 1;
            for (at, column) in statement.columns.iter().enumerate() {
                assert!(column.nullable || row.get(at).is_some(), "{}: null in: {sql}", column.name);
            }
        }
    }
    assert!(rows_seen > 200, "only {rows_seen} rows were looked at");
}

/// Every combination of join, condition, grouping and column over the same tables, run and compared.
#[tokio::test]
async fn generated_queries_are_never_wrong_about_null() {
    let joins = [
        "users u JOIN orders o ON o.user_id = u.id",
        "users u LEFT JOIN orders o ON o.user_id = u.id",
        "users u RIGHT JOIN orders o ON o.user_id = u.id",
        "users u FULL JOIN orders o ON o.user_id = u.id",
        "orders o LEFT JOIN (users u JOIN nothing n ON n.id = u.id) ON o.user_id = u.id",
        "users u LEFT JOIN orders o ON o.user_id = u.id AND u.name IS NOT NULL",
        "nothing n FULL JOIN users u ON false CROSS JOIN orders o",
        "users u LEFT JOIN LATERAL (SELECT * FROM orders p WHERE p.user_id = u.id LIMIT 1) o ON true",
        "user_orders v JOIN users u ON u.id = v.id LEFT JOIN orders o ON o.id = v.order_id",
    ];
    let filters = [
        "true",
        "u.name IS NOT NULL",
        "o.note = 'n' OR u.name = 'Bo'",
        "o.id > 0",
        "NOT (u.age IS NULL)",
        "u.id <> ALL (ARRAY[7, 8])",
        "(o.total > 1) IS NOT FALSE",
        "coalesce(o.total > 0, false)",
        "EXISTS (SELECT FROM orders q WHERE q.user_id = u.id)",
        "u.age IN (SELECT age FROM users)",
    ];
    let outputs = [
        "u.id, u.mail, u.name, u.age, o.id, o.user_id, o.total, o.note, u, o",
        "CASE WHEN o.id IS NOT NULL THEN o.total ELSE u.id END, coalesce(u.name, o.note, u.mail), u.age > 1 OR u.age IS NULL",
        "sum(o.total), count(o.id), max(u.mail), array_agg(u.name), min(o.total) FILTER (WHERE o.id > 1)",
        "row_number() OVER (), sum(o.total) OVER (PARTITION BY u.id), lag(u.id) OVER (ORDER BY o.id), first_value(u.mail) OVER ()",
        "(SELECT max(p.total) FROM orders p WHERE p.user_id = u.id), u.id IN (SELECT user_id FROM orders), o.total = ANY ('{1,2}')",
    ];
    let grouped = [
        ("u.name, o.total, sum(u.id), max(o.total), count(*)", "GROUP BY u.name, o.total"),
        (
            "u.name, o.total, max(u.mail), GROUPING(u.name), upper(u.name)",
            "GROUP BY ROLLUP (u.name, o.total)",
        ),
        ("u.id, o.total, u.id + 1, max(o.id)", "GROUP BY u.id, CUBE (o.total) HAVING max(o.id) IS NOT NULL"),
        ("o.total, count(*), max(u.id)", "GROUP BY GROUPING SETS ((o.total), (o.total, u.id))"),
    ];
    let mut sqls = Vec::new();
    for join in joins {
        for filter in filters {
            sqls.extend(outputs.iter().map(|output| format!("SELECT {output} FROM {join} WHERE {filter}")));
            sqls.extend(
                grouped
                    .iter()
                    .map(|(output, group)| format!("SELECT {output} FROM {join} WHERE {filter} {group}")),
            );
        }
    }
    let database = database().await;
    let described = describer(&database).await.describe_all(&sqls).await.unwrap();
    let client = database.connect().await;
    for (sql, statement) in sqls.iter().zip(described) {
        let statement = statement.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        for row in client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}")) {
            let SimpleQueryMessage::Row(row) = row else { continue };
            for (at, column) in statement.columns.iter().enumerate() {
                assert!(column.nullable || row.get(at).is_some(), "{} (#{at}): null in: {sql}", column.name);
            }
        }
    }
}
