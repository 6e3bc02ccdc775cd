//! What logic may fetch, from a small HTTP server of the test's own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::json;
use stk_testkit::Database;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::fixture::{Host, Project, wasm};
use crate::guest::{asks, tries};

/// Answers by path, and keeps every request it was sent.
struct Target {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Target {
    async fn start() -> Target {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let seen = seen.clone();
                tokio::spawn(async move {
                    let request = request(&mut stream).await;
                    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                    seen.lock().unwrap().push(request);
                    let _ = stream.write_all(answer(&path, address).as_bytes()).await;
                });
            }
        });
        Target { address, requests }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn last(&self) -> String {
        self.requests.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

/// One request, its body whole.
async fn request(stream: &mut tokio::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return text,
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
        }
    }
}

fn answer(path: &str, own: SocketAddr) -> String {
    let redirect = |status: u16, to: &str| {
        format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    };
    match path {
        "/hop" => redirect(302, "/end"),
        "/keep" => redirect(307, "/end"),
        "/circle" => redirect(302, "/circle"),
        "/out" => redirect(302, "http://elsewhere.example/"),
        "/inside" => redirect(302, "http://169.254.169.254/latest"),
        "/name" => redirect(302, &format!("http://localhost:{}/end", own.port())),
        _ => {
            let body = format!("at {path}");
            format!(
                "HTTP/1.1 200 OK\r\nx-one: 1\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )
        }
    }
}

/// A host whose one project may fetch from `hosts`; each logic asks for the operations given.
async fn host(hosts: &[String], logic: Vec<(&str, Vec<u8>)>) -> Host {
    let database = Database::with("select 1").await;
    let mut project = Project::new(&database.url);
    project.release.config.egress = hosts.to_vec();
    for (path, module) in logic {
        project = project.logic(path, wasm(module).timeout(5_000));
    }
    Host::start(&project).await
}

fn open(url: &str, more: &str) -> String {
    format!(r#"{{"url":{}{more}}}"#, json!(url))
}

const HEAD: (&str, &str) = ("fetch.head", r#"{"id":1}"#);
const READ: (&str, &str) = ("fetch.read", r#"{"id":1}"#);

#[tokio::test]
async fn an_allowed_host_is_fetched_and_read_to_its_end() {
    let target = Target::start().await;
    let open =
        open(&target.url("/a?b=c"), r#","headers":[["x-mine","1"],["host","evil"],["content-length","9"]]"#);
    let opened = ("fetch.open", open.as_str());
    let host = host(
        &[target.address.to_string()],
        vec![
            ("head", asks(&[opened, HEAD])),
            ("first", asks(&[opened, HEAD, READ])),
            ("end", asks(&[opened, READ, READ])),
            ("closed", tries(&[opened, ("fetch.close", r#"{"id":1}"#), HEAD])),
        ],
    )
    .await;
    let head = host.call("head", "{}").await.json();
    assert_eq!((&head["status"], &head["statusText"]), (&json!(200), &json!("OK")));
    assert_eq!(head["redirected"], false);
    assert!(head["headers"].as_array().is_some_and(|all| all.contains(&json!(["x-one", "1"]))), "{head}");
    let request = target.last();
    assert!(request.starts_with("GET /a?b=c HTTP/1.1\r\n") && request.contains("x-mine: 1"), "{request}");
    assert!(!request.contains("evil") && !request.contains("content-length"), "{request}");
    assert_eq!(host.call("first", "{}").await.json(), json!({ "chunk": "YXQgL2E/Yj1j" }));
    assert_eq!(host.call("end", "{}").await.json(), json!(null));
    assert_eq!(host.call("closed", "{}").await.json()["code"], "logic_failed");
}

#[tokio::test]
async fn a_body_is_sent_and_sent_again_where_a_redirect_keeps_it() {
    let target = Target::start().await;
    let posted = |path: &str| {
        open(
            &target.url(path),
            r#","method":"POST","hasBody":true,"headers":[["content-type","text/plain"]]"#,
        )
    };
    let (plain, keep, hop) = (posted("/in"), posted("/keep"), posted("/hop"));
    let write = ("fetch.write", r#"{"id":1,"chunk":"aGVs"}"#);
    let last = ("fetch.write", r#"{"id":1,"chunk":"bG8=","last":true}"#);
    let host = host(
        &[target.address.to_string()],
        vec![
            ("plain", asks(&[("fetch.open", &plain), write, last, HEAD])),
            ("keep", asks(&[("fetch.open", &keep), write, last, HEAD])),
            ("hop", asks(&[("fetch.open", &hop), write, last, HEAD])),
        ],
    )
    .await;
    assert_eq!(host.call("plain", "{}").await.json()["status"], 200);
    let request = target.last();
    assert!(request.starts_with("POST /in ") && request.ends_with("\r\n\r\nhello"), "{request}");
    let head = host.call("keep", "{}").await.json();
    assert_eq!((&head["redirected"], &head["url"]), (&json!(true), &json!(target.url("/end"))));
    assert!(target.last().starts_with("POST /end ") && target.last().ends_with("hello"), "{}", target.last());
    assert_eq!(host.call("hop", "{}").await.json()["status"], 200);
    let request = target.last();
    assert!(request.starts_with("GET /end ") && !request.contains("content-type"), "{request}");
}

#[tokio::test]
async fn sec_48_every_hop_is_judged_anew() {
    let target = Target::start().await;
    let address = target.address.to_string();
    let cases = [
        ("/out", "", "egress_refused"),
        ("/inside", "", "egress_refused"),
        ("/name", "", "egress_refused"),
        ("/circle", "", "fetch_failed"),
        ("/hop", r#","redirect":"error""#, "fetch_failed"),
    ];
    let opened: Vec<String> = cases.iter().map(|(path, more, _)| open(&target.url(path), more)).collect();
    let manual = open(&target.url("/hop"), r#","redirect":"manual""#);
    let names: Vec<String> = (0..cases.len()).map(|index| format!("case_{index}")).collect();
    let mut logic: Vec<(&str, Vec<u8>)> = names
        .iter()
        .zip(&opened)
        .map(|(name, open)| (name.as_str(), tries(&[("fetch.open", open), HEAD])))
        .collect();
    logic.push(("manual", asks(&[("fetch.open", &manual), HEAD])));
    let host = host(&[address, "169.254.169.254".to_owned()], logic).await;
    for (name, (path, _, code)) in names.iter().zip(&cases) {
        let problem = host.call(name, "{}").await.json();
        assert_eq!(problem["code"], *code, "{path}: {problem}");
    }
    assert_eq!(host.call("manual", "{}").await.json()["status"], 302);
}

#[tokio::test]
async fn sec_48_what_is_not_named_or_not_public_is_refused() {
    let target = Target::start().await;
    let hosts = ["10.0.0.1", "metadata.internal", "[::ffff:127.0.0.1]", "0.0.0.0"].map(str::to_owned);
    let cases = [
        (target.url("/"), "egress_refused"),
        ("http://10.0.0.1/".to_owned(), "egress_refused"),
        ("http://[::ffff:127.0.0.1]/".to_owned(), "egress_refused"),
        ("http://0/".to_owned(), "egress_refused"),
        ("https://user:pass@metadata.internal/".to_owned(), "logic_failed"),
        ("file:///etc/passwd".to_owned(), "logic_failed"),
        ("not a url".to_owned(), "logic_failed"),
    ];
    let opened: Vec<String> = cases.iter().map(|(url, _)| open(url, "")).collect();
    let names: Vec<String> = (0..cases.len()).map(|index| format!("case_{index}")).collect();
    let logic = names.iter().zip(&opened).map(|(name, open)| (name.as_str(), tries(&[("fetch.open", open)])));
    let host = host(&hosts, logic.collect()).await;
    for (name, (url, code)) in names.iter().zip(&cases) {
        let problem = host.call(name, "{}").await.json();
        assert_eq!(problem["code"], *code, "{url}: {problem}");
    }
    assert!(target.last().is_empty(), "nothing was sent");
}
