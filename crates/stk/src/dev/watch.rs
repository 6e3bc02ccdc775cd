//! Waiting for a save. Editors write in several steps; one burst of changes is one save.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::failure::{Doing as _, Failure};
use crate::project_folder::{CONFIG_FILE, ProjectFolder};

/// The quiet time that ends a burst.
const QUIET: Duration = Duration::from_millis(20);

pub struct Watcher {
    watcher: RecommendedWatcher,
    events: mpsc::UnboundedReceiver<notify::Event>,
    watched: BTreeSet<PathBuf>,
}

impl Watcher {
    pub fn start(folder: &ProjectFolder) -> Result<Watcher, Failure> {
        let (sender, events) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if let Ok(event) = event {
                // The receiver is gone only once we stop.
                let _ = sender.send(event);
            }
        });
        let watcher = watcher.doing(|| "can not watch the project's files".to_owned())?;
        let mut watcher = Watcher { watcher, events, watched: BTreeSet::new() };
        // The root itself, not what is below it: `node_modules` may be huge.
        watcher.add(&folder.root, RecursiveMode::NonRecursive)?;
        watcher.follow(folder)?;
        Ok(watcher)
    }

    /// Returns after a save that may matter.
    pub async fn changed(&mut self, folder: &ProjectFolder) -> Result<(), Failure> {
        loop {
            let Some(event) = self.events.recv().await else { return std::future::pending().await };
            let mut relevant = is_relevant(folder, &event);
            while let Ok(Some(event)) = tokio::time::timeout(QUIET, self.events.recv()).await {
                relevant |= is_relevant(folder, &event);
            }
            if relevant {
                return self.follow(folder);
            }
        }
    }

    /// Watches folders of the project that are new.
    fn follow(&mut self, folder: &ProjectFolder) -> Result<(), Failure> {
        self.watched.retain(|path| path.is_dir());
        for path in folder.watched() {
            if !self.watched.contains(&path) {
                self.add(&path, RecursiveMode::Recursive)?;
                self.watched.insert(path);
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, mode: RecursiveMode) -> Result<(), Failure> {
        self.watcher.watch(path, mode).doing(|| format!("can not watch {}", path.display()))
    }
}

/// Reads are not changes, and neither is what lies outside the project's folders.
fn is_relevant(folder: &ProjectFolder, event: &notify::Event) -> bool {
    let is_change = !matches!(event.kind, notify::EventKind::Access(_));
    let inside = |path: &PathBuf| {
        let Ok(relative) = path.strip_prefix(&folder.root) else { return false };
        let first = relative.components().next().and_then(|part| part.as_os_str().to_str());
        let hidden =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.'));
        !hidden && matches!(first, Some("schema" | "base" | "config" | "logic" | CONFIG_FILE))
    };
    is_change && event.paths.iter().any(inside)
}
