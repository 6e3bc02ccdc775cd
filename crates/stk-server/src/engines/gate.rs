//! Turns at an engine, fairly shared: so many runs at once over all deployments, and no deployment may keep the others
//! out.
//!
//! One deployment holds at most half of all places, so that its runaway code leaves room for everybody else's calls. A
//! place that comes free goes to whoever of those that wait holds the fewest. Runs within runs need no place of their
//! own: waiting for one while holding another would end in a standstill.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::config::DeploymentId;

pub(crate) struct Gate {
    state: Mutex<State>,
    /// Of one deployment.
    held_max: usize,
}

struct State {
    free: usize,
    /// Deployments with runs at the gate or behind it; few.
    lines: Vec<Line>,
}

struct Line {
    id: DeploymentId,
    held: usize,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// The right to run. Dropped, the next one's turn comes.
pub(crate) struct Place {
    /// None once it was given back.
    gate: Option<Arc<Gate>>,
    id: DeploymentId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(gate) = self.gate.take() else { return };
        let mut state = gate.state();
        state.free += 1;
        if let Some(line) = state.lines.iter_mut().find(|line| line.id == self.id) {
            line.held -= 1;
        }
        gate.hand_out(&mut state);
    }
}

impl Gate {
    pub(crate) fn new(places: usize) -> Arc<Gate> {
        let state = State { free: places.max(1), lines: Vec::new() };
        Arc::new(Gate { state: Mutex::new(state), held_max: places.div_ceil(2).max(1) })
    }

    /// Waits for a place until the deadline; none: it did not come in time.
    pub(crate) async fn enter(self: &Arc<Gate>, id: &DeploymentId, deadline: Instant) -> Option<Place> {
        let turn = {
            let mut state = self.state();
            let line = state.line(id);
            if state.free > 0 && state.lines[line].held < self.held_max {
                state.free -= 1;
                state.lines[line].held += 1;
                return Some(Place { gate: Some(self.clone()), id: id.clone() });
            }
            let (sender, turn) = oneshot::channel();
            state.lines[line].waiting.push_back(sender);
            turn
        };
        tokio::time::timeout_at(deadline.into(), turn).await.ok()?.ok()
    }

    /// Hands free places to those that wait.
    fn hand_out(self: &Arc<Gate>, state: &mut State) {
        while state.free > 0 {
            let lines = state.lines.iter_mut();
            let next = lines
                .filter(|line| !line.waiting.is_empty() && line.held < self.held_max)
                .min_by_key(|line| line.held);
            let Some(line) = next else { break };
            let Some(sender) = line.waiting.pop_front() else { continue };
            if sender.is_closed() {
                continue;
            }
            line.held += 1;
            state.free -= 1;
            let place = Place { gate: Some(self.clone()), id: line.id.clone() };
            if let Err(mut unwanted) = sender.send(place) {
                // Whoever waited left this very moment. Dropped as it is, the place would lock the state once more.
                unwanted.gate = None;
                line.held -= 1;
                state.free += 1;
            }
        }
        state.lines.retain(|line| line.held > 0 || !line.waiting.is_empty());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn line(&mut self, id: &DeploymentId) -> usize {
        if let Some(line) = self.lines.iter().position(|line| line.id == *id) {
            return line;
        }
        self.lines.push(Line { id: id.clone(), held: 0, waiting: VecDeque::new() });
        self.lines.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    #[tokio::test]
    async fn one_deployment_leaves_room_for_the_others() {
        let gate = Gate::new(4);
        let (greedy, modest) = (DeploymentId::new("a", "prod"), DeploymentId::new("b", "prod"));
        let held = [gate.enter(&greedy, soon()).await.unwrap(), gate.enter(&greedy, soon()).await.unwrap()];
        assert!(gate.enter(&greedy, soon()).await.is_none(), "half of the places is its share");
        let place = gate.enter(&modest, soon()).await;
        assert!(place.is_some());
        drop(held);
        assert!(gate.enter(&greedy, soon()).await.is_some(), "who waited in vain holds nothing");
    }

    #[tokio::test]
    async fn a_free_place_goes_to_whoever_holds_the_fewest() {
        let gate = Gate::new(3);
        let late = Instant::now() + Duration::from_secs(10);
        let (greedy, modest) = (DeploymentId::new("a", "prod"), DeploymentId::new("b", "prod"));
        let held = [gate.enter(&greedy, late).await.unwrap(), gate.enter(&greedy, late).await.unwrap()];
        let third = gate.enter(&modest, late).await.unwrap();
        let again = tokio::spawn({
            let (gate, modest) = (gate.clone(), modest.clone());
            async move { gate.enter(&modest, late).await.is_some() }
        });
        while gate.state().lines.iter().all(|line| line.waiting.is_empty()) {
            tokio::task::yield_now().await;
        }
        let mut more = Box::pin(gate.enter(&greedy, late));
        assert!(futures_util::poll!(&mut more).is_pending());
        drop(held);
        assert!(again.await.unwrap());
        assert!(more.await.is_some());
        drop(third);
        assert_eq!(gate.state().free, 3);
        assert!(gate.state().lines.is_empty());
    }
}
