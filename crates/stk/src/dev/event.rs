//! What happens under `stk dev`, as the screen shows it and as `--json` prints it, a line each.

use serde::Serialize;
use stk_contract::hub::ApplyResult;

use crate::failure::Failure;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    pub project: String,
    pub env: String,
    pub server_url: String,
    pub hub_url: String,
}

#[derive(Debug)]
pub enum Event {
    Deployed(Box<Deployed>),
    Failed(Failure),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    #[serde(flatten)]
    pub result: ApplyResult,
    /// From the save to the Server serving it.
    pub live_ms: u64,
    /// Whether seed.sql was loaded into a new database.
    pub seeded: bool,
    /// A call that works as it stands.
    pub call: Option<String>,
    pub hints: Vec<String>,
}
