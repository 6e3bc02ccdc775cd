//! The handler that shares: a few connections take everybody's queries, pipelined, in turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use tokio_postgres::types::{Json as Jsonb, ToSql};
use tokio_postgres::{Client, NoTls, Statement};

use super::rows::{Event, EventId, Item, Key, Page};
use super::statement;
use super::{LANES, failed};

type Answer<T> = Result<Json<T>, (StatusCode, String)>;

struct Lanes {
    lanes: Vec<Lane>,
    next: AtomicUsize,
}

struct Lane {
    client: Client,
    by_key: Statement,
    list: Statement,
    insert: Statement,
}

pub async fn router(database: &str) -> anyhow::Result<Router> {
    let mut lanes = Vec::with_capacity(LANES);
    for _ in 0..LANES {
        lanes.push(Lane::open(database).await?);
    }
    Ok(Router::new()
        .route("/by_key", post(by_key))
        .route("/list", post(list))
        .route("/insert", post(insert))
        .with_state(Arc::new(Lanes { lanes, next: AtomicUsize::new(0) })))
}

async fn by_key(State(lanes): State<Arc<Lanes>>, Json(key): Json<Key>) -> Answer<Item> {
    let lane = lanes.next();
    let row = lane.client.query_one(&lane.by_key, &[&key.id]).await.map_err(failed)?;
    Ok(Json(row.into()))
}

async fn list(State(lanes): State<Arc<Lanes>>, Json(page): Json<Page>) -> Answer<Vec<Item>> {
    let lane = lanes.next();
    let rows = lane.client.query(&lane.list, &[&page.after]).await.map_err(failed)?;
    Ok(Json(rows.into_iter().map(Item::from).collect()))
}

async fn insert(State(lanes): State<Arc<Lanes>>, Json(event): Json<Event>) -> Answer<EventId> {
    let lane = lanes.next();
    let params: [&(dyn ToSql + Sync); 3] = [&event.kind, &event.amount, &Jsonb(&event.payload)];
    let row = lane.client.query_one(&lane.insert, &params).await.map_err(failed)?;
    Ok(Json(row.into()))
}

impl Lanes {
    fn next(&self) -> &Lane {
        &self.lanes[self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len()]
    }
}

impl Lane {
    async fn open(database: &str) -> anyhow::Result<Lane> {
        let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
        tokio::spawn(connection);
        Ok(Lane {
            by_key: client.prepare(&statement::BY_KEY.text()).await?,
            list: client.prepare(&statement::LIST.text()).await?,
            insert: client.prepare(&statement::INSERT.text()).await?,
            client,
        })
    }
}
