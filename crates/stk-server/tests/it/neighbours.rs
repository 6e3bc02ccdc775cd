//! One project's logic runs away; another one's callers hardly notice.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use stk_testkit::Database;

use crate::client::{self, Answer};
use crate::fixture::{Host, Project, wasm};
use crate::guest::{echo, endless, greedy};

const TIMEOUT: Duration = Duration::from_millis(300);

/// What a machine that is busy with other things as well adds to a call, at most.
const NOISE: Duration = Duration::from_millis(40);

const CALLS: usize = 200;

/// Two projects on one Server: `shop` is quiet, `wild` is not.
async fn neighbours() -> (Host, Database) {
    let database = Database::create().await;
    let shop = Project::new(&database.url).logic("echo", wasm(echo()));
    let ms = u64::try_from(TIMEOUT.as_millis()).expect("a short time");
    let mut wild = Project::new(&database.url)
        .logic("endless", wasm(endless()).timeout(ms))
        .logic("greedy", wasm(greedy()).timeout(ms));
    wild.project = "wild".to_owned();
    wild.release.project = "wild".to_owned();
    let host = Host::start(&shop).await;
    host.server.serve_deployment(wild.deployment()).await;
    wild.publish(&*host.kv).await;
    host.live(&wild).await;
    (host, database)
}

async fn call_wild(host: &Host, path: &str) -> Answer {
    let headers = [("content-type", "application/json")];
    client::send(host.address(), "POST", &format!("/p/wild/prod/call/{path}"), &headers, b"{}").await
}

/// The 99th of a hundred calls, by time.
async fn p99(host: &Host) -> Duration {
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let started = Instant::now();
        assert_eq!(host.call("echo", "{}").await.body, "{}");
        times.push(started.elapsed());
    }
    times.sort();
    times[CALLS * 99 / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_that_computes_for_ever_does_not_slow_its_neighbour() {
    let (host, _database) = neighbours().await;
    p99(&host).await;
    let quiet = p99(&host).await;
    let measured = AtomicBool::new(false);
    let attack = join_all((0..8).map(async |_| {
        let mut answers = Vec::new();
        while !measured.load(Relaxed) {
            let started = Instant::now();
            answers.push((call_wild(&host, "endless").await, started.elapsed()));
        }
        answers
    }));
    let measure = async {
        let p99 = p99(&host).await;
        measured.store(true, Relaxed);
        p99
    };
    let (attacks, attacked) = tokio::join!(attack, measure);
    assert!(attacked <= (quiet * 2).max(quiet + NOISE), "{attacked:?}, when all is quiet {quiet:?}");
    for (answer, took) in attacks.into_iter().flatten() {
        assert_eq!((answer.status, answer.code().as_str()), (504, "timeout"));
        assert!(took < TIMEOUT + Duration::from_millis(100), "it took {took:?} of its {TIMEOUT:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_that_takes_all_memory_does_not_harm_its_neighbour() {
    let (host, _database) = neighbours().await;
    let attack = join_all((0..20).map(|_| call_wild(&host, "greedy")));
    let (answers, _) = tokio::join!(attack, p99(&host));
    for answer in answers {
        assert_eq!((answer.status, answer.code().as_str()), (500, "memory_exceeded"));
    }
}
