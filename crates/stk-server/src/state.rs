//! What all connections share: the deployments by name, request ids, and whether a shutdown has begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use crate::config::DeploymentId;
use crate::hosted::Hosted;
use crate::http::{Idle, RequestIds, Timeouts};

pub(crate) struct State {
    /// The first is the default one. Few, and rarely changed: a scan finds one faster than a table would.
    deployments: ArcSwap<Vec<Arc<Hosted>>>,
    pub(crate) request_ids: RequestIds,
    pub(crate) timeouts: Timeouts,
    pub(crate) idle: Idle,
    draining: AtomicBool,
    /// Set before connections are told to close.
    closing: AtomicBool,
    under_way: AtomicUsize,
    /// Told when a request ends during a shutdown.
    left: Notify,
    /// Told when a deployment is added or replaced.
    placed: Notify,
}

impl State {
    pub(crate) fn new(timeouts: Timeouts) -> State {
        State {
            deployments: ArcSwap::default(),
            request_ids: RequestIds::new(),
            timeouts,
            idle: Idle::new(timeouts.head),
            draining: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            under_way: AtomicUsize::new(0),
            left: Notify::new(),
            placed: Notify::new(),
        }
    }

    pub(crate) fn deployments(&self) -> Arc<Vec<Arc<Hosted>>> {
        self.deployments.load_full()
    }

    pub(crate) fn default_deployment(&self) -> Option<Arc<Hosted>> {
        self.deployments.load().first().cloned()
    }

    pub(crate) fn deployment(&self, id: &DeploymentId) -> Option<Arc<Hosted>> {
        self.deployments.load().iter().find(|hosted| hosted.id == *id).cloned()
    }

    /// The deployment that `{project}/{env}/…` names, and the path that is left, with its slash.
    pub(crate) fn deployment_in<'a>(&self, path: &'a str) -> Option<(Arc<Hosted>, &'a str)> {
        let (project, rest) = path.split_once('/')?;
        let (env, rest) = rest.split_at(rest.find('/')?);
        let deployments = self.deployments.load();
        let found = deployments.iter().find(|hosted| hosted.id.project == project && hosted.id.env == env)?;
        Some((found.clone(), rest))
    }

    /// Adds a deployment, or puts a new one in the place of the old.
    pub(crate) fn put(&self, hosted: Arc<Hosted>) {
        self.deployments.rcu(|deployments| {
            let mut deployments = Vec::clone(deployments);
            match deployments.iter_mut().find(|known| known.id == hosted.id) {
                Some(known) => *known = hosted.clone(),
                None => deployments.push(hosted.clone()),
            }
            deployments
        });
        self.placed.notify_waiters();
    }

    /// Ends when a deployment is added or replaced after this was enabled.
    pub(crate) fn placed(&self) -> tokio::sync::futures::Notified<'_> {
        self.placed.notified()
    }

    /// Moves a deployment to the front; one that is not served here changes nothing.
    pub(crate) fn set_default(&self, id: &DeploymentId) {
        self.deployments.rcu(|deployments| {
            let mut deployments = Vec::clone(deployments);
            if let Some(place) = deployments.iter().position(|known| known.id == *id) {
                deployments[..=place].rotate_right(1);
            }
            deployments
        });
    }

    /// Counts a request until the guard is dropped.
    pub(crate) fn enter(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        UnderWay { state: self }
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// From now on every connection ends after the request that it is at.
    pub(crate) fn start_closing(&self) {
        self.closing.store(true, Ordering::Release);
    }

    /// From now on not ready.
    pub(crate) fn start_draining(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Returns once no request is under way.
    pub(crate) async fn drained(&self) {
        loop {
            let mut left = std::pin::pin!(self.left.notified());
            left.as_mut().enable();
            if self.under_way.load(Ordering::Acquire) == 0 {
                return;
            }
            left.await;
        }
    }
}

pub(crate) struct UnderWay<'a> {
    state: &'a State,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.state.under_way.fetch_sub(1, Ordering::AcqRel) == 1 && self.state.is_draining() {
            self.state.left.notify_waiters();
        }
    }
}
