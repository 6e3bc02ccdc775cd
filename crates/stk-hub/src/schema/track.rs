//! How far an apply is: events of the engine to what the API tells. Writing it down is `runs`' business.

use stk_contract::hub::schema::AppliedStep;
use stk_schema::Event;
use tokio::sync::watch;

use super::Planned;

/// How far it is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    pub steps: Vec<AppliedStep>,
    pub waits_for: Option<String>,
}

/// Follows one apply, and lets it be stopped.
#[derive(Debug, Clone)]
pub struct Tracker {
    progress: watch::Sender<Progress>,
    stop: watch::Sender<bool>,
}

impl Tracker {
    pub fn new<'a>(plans: impl Iterator<Item = (&'a String, &'a Planned)>) -> Tracker {
        let mut steps = Vec::new();
        for (alias, planned) in plans {
            steps.extend(planned.plan.steps.iter().map(|step| AppliedStep {
                alias: alias.clone(),
                summary: step.summary.clone(),
                state: "waiting".to_owned(),
                phase: None,
                done: 0,
                total: None,
            }));
        }
        let progress = watch::channel(Progress { steps, waits_for: None }).0;
        Tracker { progress, stop: watch::channel(false).0 }
    }

    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub fn stop(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Asks it to stop; what is committed stays.
    pub fn ask_to_stop(&self) {
        self.stop.send_replace(true);
    }

    pub fn observe(&self, alias: &str, event: &Event) {
        self.progress.send_modify(|progress| change(progress, alias, event));
    }
}

fn change(progress: &mut Progress, alias: &str, event: &Event) {
    progress.waits_for = match event {
        Event::Queued { holder: Some(holder) } => Some(format!("another apply: {holder}")),
        Event::Queued { holder: None } => Some("another apply".to_owned()),
        Event::Waiting { blockers, attempt, .. } => {
            let who: Vec<String> = blockers.iter().map(ToString::to_string).collect();
            Some(format!("a lock, after attempt {attempt}: {}", who.join(", ")))
        }
        _ => None,
    };
    let mut own = progress.steps.iter_mut().filter(|step| step.alias == alias);
    match event {
        Event::Resumed { steps } => own.take(*steps).for_each(|step| step.state = "done".to_owned()),
        Event::Started { step } | Event::Ran { step } => {
            if let Some(step) = own.nth(*step) {
                step.state = "running".to_owned();
            }
        }
        Event::Advanced { step, phase, done, total } => {
            if let Some(step) = own.nth(*step) {
                (step.phase, step.done, step.total) = (Some(phase.clone()), *done, *total);
            }
        }
        Event::Done { step } => {
            if let Some(step) = own.nth(*step) {
                step.state = "done".to_owned();
            }
        }
        Event::Queued { .. } | Event::Waiting { .. } => {}
    }
}
