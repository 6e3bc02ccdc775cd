//! What Santokit is measured against: bare axum + tokio-postgres handlers that do nothing but the statement.
//!
//! They verify no token, check no param past its type, keep no cache and no metrics, and have no timeout: what
//! a developer would write first, written well. Rows become structs that serde writes.

mod echo;
mod fixed;
mod pooled;
mod rows;
mod shared;
mod statement;

use std::fmt::Display;
use std::io::Read as _;

use anyhow::{Result, bail};
use axum::Router;
use axum::http::StatusCode;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use crate::contender::Kind;

/// Connections to Postgres of the pooled handlers, as many as Santokit's pool has.
const POOL: usize = 10;
/// Connections that the shared handlers share.
const LANES: usize = 4;

#[derive(Debug, clap::Args)]
pub struct Baseline {
    kind: Kind,
    #[arg(long)]
    database: String,
    #[arg(long)]
    fixed_body: String,
}

/// Serves on a port of its own, which it prints, until standard input closes.
#[tokio::main]
pub async fn serve(baseline: &Baseline) -> Result<()> {
    let router = match baseline.kind {
        Kind::Pooled => pooled::router(&baseline.database)?,
        Kind::Shared => shared::router(&baseline.database).await?,
        Kind::Fixed => fixed::router(baseline.fixed_body.clone()),
        Kind::Echo => echo::router(),
        other => bail!("`{}` is no baseline", other.name()),
    };
    let (sender, closed) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Whether it ends or fails, the parent is gone.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    tokio::select! {
        served = listen(router) => served,
        _ = closed => Ok(()),
    }
}

async fn listen(router: Router) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Answers are small; where the option is refused they are only slower.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

/// Any failure of a handler.
fn failed(error: impl Display) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
