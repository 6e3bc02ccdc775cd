//! One call, as a state machine: find the logic → verify the token → check access → check params → look in the
//! cache → run → store → reply.

use std::sync::Arc;

use crate::deployment::Deployment;
use crate::effect::{Effect, Event};
use crate::request::Request;

/// A call under way. It owns all it needs, so that a host may move it to another task.
#[derive(Debug)]
pub struct Call {
    _deployment: Arc<Deployment>,
}

impl Call {
    /// Reads the request as far as it goes without the host.
    pub fn start(deployment: &Arc<Deployment>, request: &Request<'_>) -> (Call, Effect) {
        let _ = (deployment, request);
        todo!()
    }

    /// Goes on with what the host did. `now_ms` is the time, in milliseconds since the Unix epoch.
    ///
    /// An event that does not answer the last effect ends the call with 500.
    pub fn step(&mut self, event: Event, now_ms: u64) -> Effect {
        let _ = (event, now_ms);
        todo!()
    }

    /// Whether nothing is left to do: after most replies.
    pub fn is_done(&self) -> bool {
        todo!()
    }

    /// The path of the logic, once it was found: a label for metrics and logs.
    pub fn logic(&self) -> Option<&str> {
        todo!()
    }
}
