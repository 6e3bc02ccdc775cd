//! The handler that most services have: a connection of the pool for each request, statements kept by it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use deadpool_postgres::{Manager, Pool};
use tokio_postgres::NoTls;
use tokio_postgres::types::{Json as Jsonb, ToSql};

use super::rows::{Event, EventId, Item, Key, Page};
use super::statement::{self, Source};
use super::{POOL, failed};

type Answer<T> = Result<Json<T>, (StatusCode, String)>;

#[derive(Debug, Clone)]
struct Handlers {
    pool: Pool,
    by_key: &'static str,
    list: &'static str,
    insert: &'static str,
}

pub fn router(database: &str) -> anyhow::Result<Router> {
    let pool = Pool::builder(Manager::new(database.parse()?, NoTls)).max_size(POOL).build()?;
    // Once for the life of the process.
    let text = |source: Source| -> &'static str { source.text().leak() };
    let handlers = Handlers {
        pool,
        by_key: text(statement::BY_KEY),
        list: text(statement::LIST),
        insert: text(statement::INSERT),
    };
    Ok(Router::new()
        .route("/by_key", post(by_key))
        .route("/list", post(list))
        .route("/insert", post(insert))
        .with_state(handlers))
}

async fn by_key(State(handlers): State<Handlers>, Json(key): Json<Key>) -> Answer<Item> {
    Ok(Json(handlers.one(handlers.by_key, &[&key.id]).await?))
}

async fn list(State(handlers): State<Handlers>, Json(page): Json<Page>) -> Answer<Vec<Item>> {
    let client = handlers.pool.get().await.map_err(failed)?;
    let statement = client.prepare_cached(handlers.list).await.map_err(failed)?;
    let rows = client.query(&statement, &[&page.after]).await.map_err(failed)?;
    Ok(Json(rows.into_iter().map(Item::from).collect()))
}

async fn insert(State(handlers): State<Handlers>, Json(event): Json<Event>) -> Answer<EventId> {
    let params: [&(dyn ToSql + Sync); 3] = [&event.kind, &event.amount, &Jsonb(&event.payload)];
    Ok(Json(handlers.one(handlers.insert, &params).await?))
}

impl Handlers {
    async fn one<T: From<tokio_postgres::Row>>(
        &self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<T, (StatusCode, String)> {
        let client = self.pool.get().await.map_err(failed)?;
        let statement = client.prepare_cached(sql).await.map_err(failed)?;
        Ok(client.query_one(&statement, params).await.map_err(failed)?.into())
    }
}
