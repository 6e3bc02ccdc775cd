//! Bad input gets a clear error, and the Server goes on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stk_contract::{Access, ParamType, PgType, Returns, token};
use stk_testkit::Database;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client;
use crate::fixture::{Host, JWT_SECRET, Project, read};

fn echo(database: &Database) -> Project {
    let echo =
        read("select $1::int4 as n").param("n", ParamType::Int, PgType::Int4).column("n", PgType::Int4);
    Project::new(&database.url)
        .logic("echo", echo.clone().returns(Returns::One))
        .logic("mine", echo.returns(Returns::One).access(Access::Authenticated))
}

#[tokio::test]
async fn bodies_past_their_limits_are_refused_and_the_next_call_answers() {
    let database = Database::create().await;
    let host = Host::start(&echo(&database)).await;
    let large = format!(r#"{{"n":1,"x":"{}"}}"#, "a".repeat(20_000_000));
    let refused = host.call("echo", &large).await;
    assert_eq!((refused.status, refused.code()), (413, "too_large".to_owned()));

    let deep = format!("{}1{}", r#"{"n":"#.repeat(10_000), "}".repeat(10_000));
    let refused = host.call("echo", &deep).await;
    assert_eq!((refused.status, refused.code()), (400, "too_deep".to_owned()));
    assert_eq!(host.call("echo", r#"{"n":1}"#).await.body, r#"{"n":1}"#);
}

#[tokio::test]
async fn a_chunked_body_is_measured_while_it_comes() {
    let database = Database::create().await;
    let host = Host::start(&echo(&database)).await;
    let headers = [("transfer-encoding", "chunked"), ("content-type", "application/json")];
    let mut stream = client::open(host.address(), "POST", "/call/echo", &headers, b"").await;
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    for _ in 0..32 {
        stream.write_all(&chunk).await.expect("send a chunk");
    }
    stream.write_all(b"0\r\n\r\n").await.expect("send the end");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("read the answer");
    assert_eq!(client::parse(&answer).code(), "too_large");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let database = Database::create().await;
    let host = Host::start(&echo(&database)).await;
    let headers = [("content-length", "10"), ("content-type", "application/json")];
    let mut stream = client::open(host.address(), "POST", "/call/echo", &headers, b"").await;
    stream.write_all(b"{").await.expect("send a little");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("read the answer");
    assert_eq!(client::parse(&answer).status, 400);
}

#[tokio::test]
async fn params_that_do_not_fit_are_named() {
    let database = Database::create().await;
    let host = Host::start(&echo(&database)).await;
    for params in
        ["{}", r#"{"n":"one"}"#, r#"{"n":1.5}"#, r#"{"n":null}"#, r#"{"n":1,"m":2}"#, r#"{"n":99999999999}"#]
    {
        let refused = host.call("echo", params).await;
        assert_eq!(
            (refused.status, refused.code()),
            (400, "invalid_params".to_owned()),
            "{params}: {refused:?}"
        );
        assert!(refused.json()["errors"][0]["pointer"].is_string(), "{params}: {refused:?}");
    }
    assert_eq!(host.call("echo", "{").await.code(), "invalid_json");
    assert_eq!(host.call("echo", r#"{"n":1,"n":2}"#).await.code(), "duplicate_key");
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused_on_public_logic_too() {
    let database = Database::create().await;
    let project = echo(&database);
    let host = Host::start(&project).await;
    let good = project.claims("u1", &[]);
    let mint = |claims| token::mint(&claims, JWT_SECRET.as_bytes());
    let valid = mint(good.clone());
    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#),
        valid.split('.').nth(1).expect("claims")
    );
    let bad = [
        ("expired", mint(stk_contract::token::Claims { exp: good.iat - 3600, ..good.clone() })),
        ("forged", token::mint(&good, b"another secret")),
        ("altered", valid.replacen('.', ".e", 1)),
        ("alg none", none),
        ("audience", mint(stk_contract::token::Claims { aud: "shop/dev".to_owned(), ..good.clone() })),
        ("issuer", mint(stk_contract::token::Claims { iss: "somebody".to_owned(), ..good })),
        ("nonsense", "nonsense".to_owned()),
    ];
    for path in ["echo", "mine"] {
        for (what, token) in &bad {
            let header = format!("Bearer {token}");
            let refused = host.call_with(path, r#"{"n":1}"#, &[("authorization", &header)]).await;
            assert_eq!(
                (refused.status, refused.code()),
                (401, "unauthorized".to_owned()),
                "{what} on {path}"
            );
        }
        let header = format!("Bearer {valid}");
        assert_eq!(host.call_with(path, r#"{"n":1}"#, &[("authorization", &header)]).await.status, 200);
    }
}

#[tokio::test]
async fn a_head_that_breaks_http_ends_only_its_own_connection() {
    let database = Database::create().await;
    let host = Host::start(&echo(&database)).await;
    for garbage in ["\0\0\0\r\n\r\n".to_owned(), format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000))] {
        let mut stream = tokio::net::TcpStream::connect(host.address()).await.expect("connect");
        // The Server may close before all was sent.
        let _ = stream.write_all(garbage.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{answer:?}");
    }
    assert_eq!(host.get("/health").await.status, 200);
}
