//! One fill of one key under way.

use std::sync::OnceLock;

use bytes::Bytes;
use tokio::sync::Notify;

#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Stored(Bytes),
    /// It failed; whoever waited tries by itself.
    Nothing,
    Abandoned,
}

#[derive(Default)]
pub(super) struct Flight {
    outcome: OnceLock<Outcome>,
    over: Notify,
}

impl Flight {
    /// Waits for the leader.
    pub(super) async fn landed(&self) -> Outcome {
        loop {
            let mut over = std::pin::pin!(self.over.notified());
            // Registered before the look, so that a landing between the two is not missed.
            over.as_mut().enable();
            if let Some(outcome) = self.outcome.get() {
                return outcome.clone();
            }
            over.await;
        }
    }

    pub(super) fn land(&self, outcome: Outcome) {
        // A flight lands once; a second word says nothing new.
        let _ = self.outcome.set(outcome);
        self.over.notify_waiters();
    }
}
