//! Starting, stopping, and many deployments in one process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stk_contract::{ParamType, PgType, Returns};
use stk_server::{Server, ServerConfig, StartError};
use stk_testkit::Database;

use crate::client;
use crate::fixture::{Host, Logic, Project, read, running, until, write};

fn sleep() -> Logic {
    write("select pg_sleep($1)").param("seconds", ParamType::Float, PgType::Float8).returns(Returns::None)
}

fn name(value: &str) -> Logic {
    read(&format!("select '{value}'::text as name")).column("name", PgType::Text).returns(Returns::One)
}

#[tokio::test]
async fn a_port_in_use_is_a_clear_error() {
    let database = Database::create().await;
    let project = Project::new(&database.url);
    let host = Host::start(&project).await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = ServerConfig::new(host.address(), Vec::new(), folder.path().to_owned());
    let error = Server::start(config, host.kv.clone()).await.expect_err("the port is taken");
    assert!(matches!(error, StartError::AddressInUse { .. }), "{error}");
    assert!(error.to_string().contains(&host.address().to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_is_not_ready_first_and_finishes_what_is_under_way() {
    let database = Database::create().await;
    let host = Arc::new(Host::start(&Project::new(&database.url).logic("sleep", sleep())).await);
    let calling = host.clone();
    let call = tokio::spawn(async move { calling.call("sleep", r#"{"seconds":1}"#).await });
    until("the call runs", || async { running(&database, "pg_sleep").await == 1 }).await;
    let stopping = host.clone();
    let stop = tokio::spawn(async move { stopping.server.shutdown().await });
    until("it is not ready", || async { host.get("/ready").await.status == 503 }).await;
    assert!(!call.is_finished());
    assert_eq!(call.await.expect("the call").status, 204);
    stop.await.expect("the shutdown");
    // A process that is being started at this moment may hold the socket a little longer.
    let is_closed = || async { tokio::net::TcpStream::connect(host.address()).await.is_err() };
    until("nothing listens any more", is_closed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_ends_by_its_deadline() {
    let database = Database::create().await;
    let host =
        Arc::new(Host::start(&Project::new(&database.url).logic("sleep", sleep().timeout(60_000))).await);
    let json = [("content-type", "application/json")];
    let _stream = client::open(host.address(), "POST", "/call/sleep", &json, br#"{"seconds":60}"#).await;
    until("the call runs", || async { running(&database, "pg_sleep").await == 1 }).await;
    let started = Instant::now();
    host.server.shutdown().await;
    let took = started.elapsed();
    assert!(took > Duration::from_secs(4) && took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test]
async fn deployments_are_apart_and_can_be_added_while_running() {
    let (one, two) = (Database::create().await, Database::create().await);
    let prod = Project::new(&one.url).logic("name", name("prod"));
    let mut dev = Project::new(&two.url).logic("name", name("dev")).logic("only", name("dev"));
    dev.env = "dev".to_owned();
    let host = Host::start(&prod).await;
    assert_eq!(host.get("/p/shop/dev/openapi.json").await.status, 404);
    dev.publish(&*host.kv).await;
    host.server.serve_deployment(dev.deployment()).await;
    host.live(&dev).await;
    let call = async |path: &str, token: &str| {
        let headers = [("content-type", "application/json"), ("authorization", token)];
        client::send(host.address(), "POST", path, &headers, b"{}").await
    };
    let (of_prod, of_dev) =
        (format!("Bearer {}", prod.token("u", &[])), format!("Bearer {}", dev.token("u", &[])));
    assert_eq!(call("/call/name", &of_prod).await.body, r#"{"name":"prod"}"#);
    assert_eq!(call("/p/shop/dev/call/name", &of_dev).await.body, r#"{"name":"dev"}"#);
    assert_eq!(call("/call/only", &of_prod).await.code(), "not_found");
    assert_eq!(
        call("/p/shop/dev/call/name", &of_prod).await.code(),
        "unauthorized",
        "a token is of one environment"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switching_releases_under_load_fails_no_call() {
    let database = Database::create().await;
    let release = |number: u64| {
        let mut project = Project::new(&database.url)
            .logic("name", name(&format!("r{number}")))
            .logic("cached", name(&format!("r{number}")).cache(60_000, 0, &[]));
        project.number = number;
        project
    };
    let host = Arc::new(Host::start(&release(1)).await);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let callers: Vec<_> = ["name", "cached", "name", "cached"]
        .map(|path| {
            let (host, stop) = (host.clone(), stop.clone());
            tokio::spawn(async move {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let answer = host.call(path, "{}").await;
                    assert_eq!(answer.status, 200, "{answer:?}");
                    let expected = format!(r#"{{"name":"r{}"}}"#, answer.header("x-santokit-release"));
                    assert_eq!(answer.body, expected, "one answer is of one release");
                }
            })
        })
        .into();
    for number in 2..=12 {
        let next = release(number);
        next.publish(&*host.kv).await;
        host.live(&next).await;
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("no call failed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_53_a_client_that_never_ends_its_head_is_cut_off_and_a_long_call_is_not() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let database = Database::create().await;
    let project = Project::new(&database.url).logic("sleep", sleep());
    let host = Host::start(&project).await;
    let folder = tempfile::tempdir().expect("a folder");
    let pinned = vec![project.signing.verifying_key()];
    let mut config = ServerConfig::new(([127, 0, 0, 1], 0).into(), pinned, folder.path().to_owned());
    config.head_timeout = Duration::from_millis(200);
    config.deployments.push(project.deployment());
    let hasty = Server::start(config, host.kv.clone()).await.expect("start the Server");
    hasty.wait_until_live(&project.project, &project.env, project.number).await;

    let json = [("content-type", "application/json")];
    let call = client::send(hasty.local_addr(), "POST", "/call/sleep", &json, br#"{"seconds":1}"#);
    let mut slow = tokio::net::TcpStream::connect(hasty.local_addr()).await.expect("connect");
    slow.write_all(b"POST /call HTTP/1.1\r\nhost: x\r\n").await.expect("send half a head");
    let mut answer = Vec::new();
    let cut_off = tokio::time::timeout(Duration::from_secs(10), slow.read_to_end(&mut answer));
    let (called, cut_off) = tokio::join!(call, cut_off);
    assert_eq!(called.status, 204, "a call may take longer than a head");
    assert!(cut_off.is_ok(), "the connection was closed");
    assert!(answer.is_empty());
}
