//! What the ledger tells others: past applies, and one that was cut short.

use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Row};

use crate::plan::Plan;
use crate::postgres::{DatabaseError, failed};

use super::{is_there, open};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplyState {
    /// Under way, or killed.
    Running,
    /// It failed or was stopped; applying again goes on.
    Stopped,
    Done,
    /// Another plan was begun before it was done.
    Superseded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Waiting,
    /// Begun outside a transaction.
    Running,
    Done,
}

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    pub plan_id: String,
    pub operator: String,
    pub state: ApplyState,
    /// Why it stopped.
    pub message: Option<String>,
    /// RFC 3339.
    pub started_at: String,
    pub steps: Vec<LedgerStep>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerStep {
    pub summary: String,
    pub state: StepState,
    pub attempts: u32,
    /// Of a backfill: what it wrote.
    pub rows: u64,
}

/// An apply that is begun and not done, while nobody works on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub plan: Plan,
    /// What the one who began it called its goal.
    pub target: String,
    pub operator: String,
    /// RFC 3339.
    pub started_at: String,
    /// How many of the plan's steps are done.
    pub done: usize,
    /// Whether running the same plan goes on where it stopped: nobody else has changed the database since.
    pub can_resume: bool,
}

const TIME: &str = r#"'YYYY-MM-DD"T"HH24:MI:SS"Z"'"#;

/// The newest applies first, at most `count`; none where nothing was ever applied.
///
/// # Errors
/// Whatever Postgres or the connection answers.
pub async fn history(client: &Client, count: u32) -> Result<Vec<LedgerEntry>, DatabaseError> {
    if !is_there(client).await? {
        return Ok(Vec::new());
    }
    let doing = failed("read the ledger");
    let select = format!(
        "SELECT id, plan_id, operator, state, message, to_char(started_at AT TIME ZONE 'UTC', {TIME})
         FROM stk_schema.applies ORDER BY id DESC LIMIT $1"
    );
    let entries = client.query(&select, &[&i64::from(count)]).await.map_err(&doing)?;
    let select =
        "SELECT summary, state, attempts, rows FROM stk_schema.steps WHERE apply = $1 ORDER BY number";
    let mut found = Vec::new();
    for row in entries {
        let id: i64 = row.try_get(0).map_err(&doing)?;
        let steps = client.query(select, &[&id]).await.map_err(&doing)?;
        found.push(entry(&row, &steps).map_err(&doing)?);
    }
    Ok(found)
}

fn entry(row: &Row, steps: &[Row]) -> Result<LedgerEntry, tokio_postgres::Error> {
    let state = match row.try_get(3)? {
        "running" => ApplyState::Running,
        "stopped" => ApplyState::Stopped,
        "superseded" => ApplyState::Superseded,
        _ => ApplyState::Done,
    };
    Ok(LedgerEntry {
        plan_id: row.try_get(1)?,
        operator: row.try_get(2)?,
        state,
        message: row.try_get(4)?,
        started_at: row.try_get(5)?,
        steps: steps.iter().map(step).collect::<Result<_, _>>()?,
    })
}

fn step(row: &Row) -> Result<LedgerStep, tokio_postgres::Error> {
    let state = match row.try_get(1)? {
        "waiting" => StepState::Waiting,
        "running" => StepState::Running,
        _ => StepState::Done,
    };
    Ok(LedgerStep {
        summary: row.try_get(0)?,
        state,
        attempts: row.try_get::<_, i32>(2)?.unsigned_abs(),
        rows: row.try_get::<_, i64>(3)?.unsigned_abs(),
    })
}

/// The apply that is begun and not done, if its plan can still be read.
///
/// # Errors
/// Whatever Postgres or the connection answers.
pub async fn unfinished(client: &mut Client) -> Result<Option<Unfinished>, DatabaseError> {
    if !is_there(client).await? {
        return Ok(None);
    }
    let Some(open) = open(client).await? else { return Ok(None) };
    let doing = failed("read the ledger");
    let select = format!(
        "SELECT plan, target, operator, to_char(started_at AT TIME ZONE 'UTC', {TIME})
         FROM stk_schema.applies WHERE id = $1"
    );
    let row = client.query_one(&select, &[&open.entry.id]).await.map_err(&doing)?;
    let text: String = row.try_get(0).map_err(&doing)?;
    // A plan of another version of `stk` is not resumed; planning anew goes from what is there.
    let Ok(plan) = serde_json::from_str::<Plan>(&text) else { return Ok(None) };
    if plan.id().to_string() != open.plan_id {
        return Ok(None);
    }
    let live = crate::snapshot(client, &plan.schemas).await?;
    Ok(Some(Unfinished {
        can_resume: crate::apply::resume::fits(&plan, &open, &live).is_ok(),
        plan,
        target: row.try_get(1).map_err(&doing)?,
        operator: row.try_get(2).map_err(&doing)?,
        started_at: row.try_get(3).map_err(&doing)?,
        done: open.done,
    }))
}
