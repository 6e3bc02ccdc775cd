//! Counters of one deployment, as Prometheus text.
//!
//! Every label is bounded: logic paths are those of releases, statuses are a closed list, and manifests are counted
//! up to a handful.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use ahash::AHashMap;
use stk_runtime::{CacheStatus, Engine, RunFault};

mod runs;

use runs::Runs;

use crate::sql::Gauges;

/// Statuses counted apart; anything else is `other`.
const STATUSES: [u16; 16] = [200, 204, 400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502, 503, 504, 0];

/// Upper bounds of the histogram's buckets, in microseconds.
const BUCKETS_US: [u64; 12] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

/// Manifests counted apart.
const MANIFESTS_MAX: usize = 16;

#[derive(Default)]
pub(crate) struct Metrics {
    /// Only grows, with the paths of the releases that were served.
    logic: RwLock<AHashMap<Box<str>, Arc<LogicCounts>>>,
    /// Calls that reached no logic.
    unknown: LogicCounts,
    cache: [AtomicU64; 4],
    buckets: [AtomicU64; BUCKETS_US.len() + 1],
    duration_us: AtomicU64,
    manifests: Mutex<AHashMap<Box<str>, u64>>,
    manifests_other: AtomicU64,
    package_errors: Mutex<AHashMap<&'static str, u64>>,
    runs: Runs,
    pub(crate) panics: AtomicU64,
}

/// Calls of one logic, by status.
#[derive(Default)]
pub(crate) struct LogicCounts {
    statuses: [AtomicU64; STATUSES.len()],
}

impl LogicCounts {
    fn add(&self, status: u16) {
        let last = STATUSES.len() - 1;
        let index = STATUSES.iter().position(|known| *known == status).unwrap_or(last);
        self.statuses[index].fetch_add(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Makes room for the logic of a release.
    pub(crate) fn add_logic<'a>(&self, paths: impl Iterator<Item = &'a str>) {
        let mut logic = self.logic.write().unwrap_or_else(PoisonError::into_inner);
        for path in paths {
            logic.entry(path.into()).or_default();
        }
    }

    pub(crate) fn call(&self, logic: Option<&str>, status: u16, cache: CacheStatus, took: Duration) {
        match logic {
            Some(path) => {
                let known = self.logic.read().unwrap_or_else(PoisonError::into_inner);
                known.get(path).map_or(&self.unknown, |counts| counts).add(status);
            }
            None => self.unknown.add(status),
        }
        self.cache[cache as usize].fetch_add(1, Ordering::Relaxed);
        let us = took.as_micros() as u64;
        let bucket = BUCKETS_US.iter().position(|bound| us <= *bound).unwrap_or(BUCKETS_US.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.duration_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Counts what a client says it was typed against.
    pub(crate) fn manifest(&self, hash: &[u8]) {
        let well_formed = hash.len() == 64 && hash.iter().all(u8::is_ascii_hexdigit);
        let Some(text) = well_formed.then(|| std::str::from_utf8(hash).ok()).flatten() else {
            self.manifests_other.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let mut manifests = self.manifests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = manifests.get_mut(text) {
            *count += 1;
        } else if manifests.len() < MANIFESTS_MAX {
            manifests.insert(text.into(), 1);
        } else {
            self.manifests_other.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts one run of an engine.
    pub(crate) fn run(&self, engine: Engine, fault: Option<&RunFault>, took: Duration) {
        self.runs.add(engine, fault, took);
    }

    pub(crate) fn package_error(&self, kind: &'static str) {
        *self.package_errors.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_insert(0) += 1;
    }
}

/// What else is known of a deployment at the moment of a scrape.
pub(crate) struct Snapshot {
    /// `project="…",env="…"`.
    pub(crate) labels: String,
    pub(crate) number: u64,
    pub(crate) serving: bool,
    pub(crate) expired: bool,
    pub(crate) cache_entries: usize,
    pub(crate) cache_bytes: u64,
    pub(crate) databases: Vec<(String, Gauges)>,
}

/// Writes the text of several deployments, each family under one heading.
pub(crate) fn render(deployments: &[(Arc<Metrics>, Snapshot)]) -> String {
    let mut out = String::with_capacity(4096);
    calls(&mut out, deployments);
    durations(&mut out, deployments);
    family(&mut out, "santokit_cache_total", "counter", "Calls by their part in the cache.");
    for (metrics, at) in deployments {
        for status in [CacheStatus::Hit, CacheStatus::Miss, CacheStatus::Stale, CacheStatus::Bypass] {
            let count = metrics.cache[status as usize].load(Ordering::Relaxed);
            line(
                &mut out,
                "santokit_cache_total",
                &at.labels,
                &format!("status=\"{}\"", status.as_str()),
                count,
            );
        }
    }
    runs::render(&mut out, deployments);
    clients(&mut out, deployments);
    gauges(&mut out, deployments);
    out
}

fn calls(out: &mut String, deployments: &[(Arc<Metrics>, Snapshot)]) {
    const NAME: &str = "santokit_calls_total";
    family(out, NAME, "counter", "Calls by logic and status.");
    for (metrics, at) in deployments {
        let logic = metrics.logic.read().unwrap_or_else(PoisonError::into_inner);
        let named = logic.iter().map(|(path, counts)| (&**path, &**counts));
        for (path, counts) in named.chain([("unknown", &metrics.unknown)]) {
            for (status, count) in STATUSES.iter().zip(&counts.statuses) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let status = if *status == 0 { "other".to_owned() } else { status.to_string() };
                    line(out, NAME, &at.labels, &format!("logic=\"{path}\",status=\"{status}\""), count);
                }
            }
        }
    }
}

fn durations(out: &mut String, deployments: &[(Arc<Metrics>, Snapshot)]) {
    const NAME: &str = "santokit_call_duration_seconds";
    family(out, NAME, "histogram", "How long calls took, from the head of the request to its answer.");
    for (metrics, at) in deployments {
        let mut total = 0;
        for (index, count) in metrics.buckets.iter().enumerate() {
            total += count.load(Ordering::Relaxed);
            let bound = BUCKETS_US.get(index).map_or("+Inf".to_owned(), |us| (*us as f64 / 1e6).to_string());
            line(out, &format!("{NAME}_bucket"), &at.labels, &format!("le=\"{bound}\""), total);
        }
        let seconds = metrics.duration_us.load(Ordering::Relaxed) as f64 / 1e6;
        line(out, &format!("{NAME}_sum"), &at.labels, "", seconds);
        line(out, &format!("{NAME}_count"), &at.labels, "", total);
    }
}

fn clients(out: &mut String, deployments: &[(Arc<Metrics>, Snapshot)]) {
    family(
        out,
        "santokit_client_manifests_total",
        "counter",
        "Calls by the manifest that the client was typed against.",
    );
    for (metrics, at) in deployments {
        let manifests = metrics.manifests.lock().unwrap_or_else(PoisonError::into_inner);
        for (hash, count) in manifests.iter() {
            line(out, "santokit_client_manifests_total", &at.labels, &format!("manifest=\"{hash}\""), count);
        }
        let other = metrics.manifests_other.load(Ordering::Relaxed);
        line(out, "santokit_client_manifests_total", &at.labels, "manifest=\"other\"", other);
    }
    family(out, "santokit_package_errors_total", "counter", "Edge packages that were refused, by reason.");
    for (metrics, at) in deployments {
        let errors = metrics.package_errors.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, count) in errors.iter() {
            line(out, "santokit_package_errors_total", &at.labels, &format!("reason=\"{kind}\""), count);
        }
    }
    family(out, "santokit_panics_total", "counter", "Requests that ended in a defect of the Server.");
    for (metrics, at) in deployments {
        line(out, "santokit_panics_total", &at.labels, "", metrics.panics.load(Ordering::Relaxed));
    }
}

fn gauges(out: &mut String, deployments: &[(Arc<Metrics>, Snapshot)]) {
    type Read = fn(&Snapshot) -> u64;
    let simple: [(&str, &str, Read); 5] = [
        ("santokit_release_number", "The release that serves.", |at| at.number),
        ("santokit_serving", "Whether a release serves.", |at| u64::from(at.serving)),
        ("santokit_package_expired", "Whether the package is past its expiry.", |at| u64::from(at.expired)),
        ("santokit_cache_entries", "Answers in the cache.", |at| at.cache_entries as u64),
        ("santokit_cache_bytes", "Bytes in the cache.", |at| at.cache_bytes),
    ];
    for (name, help, read) in simple {
        family(out, name, "gauge", help);
        for (_, at) in deployments {
            line(out, name, &at.labels, "", read(at));
        }
    }
    family(out, "santokit_connections", "gauge", "Connections to databases, by use.");
    for (_, at) in deployments {
        for (alias, gauges) in &at.databases {
            let uses = [
                ("in_use", gauges.in_use),
                ("idle", gauges.idle),
                ("max", gauges.max),
                ("shared", gauges.shared),
            ];
            for (name, count) in uses {
                let labels = format!("alias=\"{alias}\",use=\"{name}\"");
                line(out, "santokit_connections", &at.labels, &labels, count);
            }
        }
    }
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing into a String never fails.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(out: &mut String, name: &str, labels: &str, more: &str, value: impl std::fmt::Display) {
    let comma = if more.is_empty() { "" } else { "," };
    let _ = writeln!(out, "{name}{{{labels}{comma}{more}}} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stay_bounded_whatever_callers_send() {
        let metrics = Metrics::default();
        metrics.add_logic(["users/get"].into_iter());
        for number in 0..1000 {
            metrics.call(Some(&format!("no/{number}")), 404, CacheStatus::Bypass, Duration::ZERO);
            metrics.manifest(format!("{number:064x}").as_bytes());
        }
        metrics.call(Some("users/get"), 200, CacheStatus::Hit, Duration::from_millis(2));
        let snapshot = Snapshot {
            labels: "project=\"p\",env=\"e\"".to_owned(),
            number: 1,
            serving: true,
            expired: false,
            cache_entries: 0,
            cache_bytes: 0,
            databases: Vec::new(),
        };
        let text = render(&[(Arc::new(metrics), snapshot)]);
        assert!(text.lines().count() < 100, "{text}");
        assert!(text.contains(r#"logic="users/get",status="200"} 1"#), "{text}");
        assert!(text.contains(r#"logic="unknown",status="404"} 1000"#), "{text}");
        assert!(text.contains(r#"manifest="other"} 984"#), "{text}");
    }
}
