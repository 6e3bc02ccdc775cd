//! Calls that go well, in every form, and their headers.

use stk_contract::{Access, ParamType, PgType, Returns};
use stk_testkit::Database;

use crate::client;
use crate::fixture::{Host, Project, read, write};

const SHOP: &str = "create table users (id int primary key, name text not null);
    insert into users select n, 'user ' || n from generate_series(1, 200) n";

fn shop(database: &Database) -> Project {
    let id = || read("select id, name from users where id = $1").param("id", ParamType::Int, PgType::Int4);
    let get = id().column("id", PgType::Int4).column("name", PgType::Text).returns(Returns::One);
    Project::new(&database.url)
        .logic("users/get", get.clone())
        .logic("users/mine", get.clone().access(Access::Authenticated))
        .logic("users/admin", get.clone().access(Access::Roles(vec!["admin".to_owned()])))
        .logic("users/_internal", get.clone())
        .logic("users/cached", get.cache(60_000, 0, &["users"]))
        .logic(
            "users/list",
            read("select id, name from users order by id limit 100")
                .column("id", PgType::Int4)
                .column("name", PgType::Text),
        )
        .logic(
            "users/rename",
            write("update users set name = $1 where id = $2")
                .param("name", ParamType::String, PgType::Text)
                .param("id", ParamType::Int, PgType::Int4)
                .returns(Returns::None),
        )
        .logic(
            "whoami",
            read("select $1::text as id")
                .user_id(PgType::Text)
                .column("id", PgType::Text)
                .returns(Returns::One),
        )
}

#[tokio::test]
async fn a_call_answers_in_its_three_forms() {
    let database = Database::with(SHOP).await;
    let host = Host::start(&shop(&database)).await;
    let expected = r#"{"id":7,"name":"user 7"}"#;

    let by_path = host.call("users/get", r#"{"id":7}"#).await;
    assert_eq!((by_path.status, by_path.body.as_str()), (200, expected), "{by_path:?}");
    let json = [("content-type", "application/json")];
    let body = br#"{"path":"users/get","params":{"id":7}}"#;
    let one = client::send(host.address(), "POST", "/call", &json, body).await;
    assert_eq!((one.status, one.body.as_str()), (200, expected), "{one:?}");
    let get = host.get("/call/users/cached?id=7").await;
    assert_eq!((get.status, get.body.as_str()), (200, expected), "{get:?}");
    assert_eq!(get.header("cache-control"), "public, max-age=60");

    let prefixed = host.get("/p/shop/prod/call/users/cached?id=7").await;
    assert_eq!((prefixed.status, prefixed.body.as_str()), (200, expected), "{prefixed:?}");
    assert_eq!(host.get("/p/shop/dev/call/users/cached?id=7").await.code(), "not_found");
}

#[tokio::test]
async fn answers_say_who_gave_them_and_how() {
    let database = Database::with(SHOP).await;
    let host = Host::start(&shop(&database)).await;
    let first = host.call_with("users/cached", r#"{"id":1}"#, &[("x-request-id", "mine-1")]).await;
    assert_eq!(first.header("x-request-id"), "mine-1");
    assert_eq!(first.header("x-cache-status"), "MISS");
    assert_eq!(first.header("x-santokit-release"), "1");
    assert_eq!(first.header("content-type"), "application/json");
    assert!(first.header("server-timing").starts_with("total;dur="), "{first:?}");
    let second = host.call("users/cached", r#"{"id":1}"#).await;
    assert_eq!((second.header("x-cache-status"), &second.body), ("HIT", &first.body));
    assert_eq!(host.call("users/get", r#"{"id":1}"#).await.header("x-cache-status"), "BYPASS");
}

#[tokio::test]
async fn lists_writes_and_nothing_have_their_forms() {
    let database = Database::with(SHOP).await;
    let host = Host::start(&shop(&database)).await;
    let list = host.call("users/list", "{}").await.json();
    assert_eq!(list.as_array().map(Vec::len), Some(100));
    let renamed = host.call("users/rename", r#"{"id":1,"name":"Ann"}"#).await;
    assert_eq!((renamed.status, renamed.body.as_str()), (204, ""), "{renamed:?}");
    assert_eq!(host.call("users/get", r#"{"id":1}"#).await.json()["name"], "Ann");
    assert_eq!(host.call("users/get", r#"{"id":1000}"#).await.code(), "not_found");
}

#[tokio::test]
async fn tokens_decide_who_may_call() {
    let database = Database::with(SHOP).await;
    let project = shop(&database);
    let host = Host::start(&project).await;
    let bearer = |token: String| format!("Bearer {token}");
    let (user, admin) = (bearer(project.token("u1", &[])), bearer(project.token("u2", &["admin"])));
    let call = async |path: &str, token: &str| {
        host.call_with(path, r#"{"id":1}"#, &[("authorization", token)]).await.status
    };
    assert_eq!(host.call("users/mine", r#"{"id":1}"#).await.code(), "unauthorized");
    assert_eq!(call("users/mine", &user).await, 200);
    assert_eq!(call("users/admin", &user).await, 403);
    assert_eq!(call("users/admin", &admin).await, 200);
    let me = host.call_with("whoami", "{}", &[("authorization", &user)]).await;
    assert_eq!(me.json()["id"], "u1", "{me:?}");
}

#[tokio::test]
async fn a_private_path_looks_like_one_that_is_not_there() {
    let database = Database::with(SHOP).await;
    let host = Host::start(&shop(&database)).await;
    let id = [("x-request-id", "same")];
    let private = host.call_with("users/_internal", r#"{"id":1}"#, &id).await;
    let unknown = host.call_with("users/_nothing", r#"{"id":1}"#, &id).await;
    assert_eq!((private.status, private.code()), (404, "not_found".to_owned()));
    assert_eq!(private.body.replace("_internal", "_nothing"), unknown.body);
}

#[tokio::test]
async fn health_metrics_openapi_and_unknown_routes_answer() {
    let database = Database::with(SHOP).await;
    let host = Host::start(&shop(&database)).await;
    assert_eq!(host.get("/health").await.status, 200);
    assert_eq!(host.get("/ready").await.json()["ready"], true);
    assert_eq!(host.get("/openapi.json").await.body, "{}");
    assert_eq!(host.get("/nothing").await.code(), "not_found");
    assert_eq!(client::send(host.address(), "DELETE", "/health", &[], b"").await.status, 405);
    host.call_with("users/get", r#"{"id":1}"#, &[("x-santokit-manifest", &"ab".repeat(32))]).await;
    let labels = r#"project="shop",env="prod""#;
    assert_eq!(
        host.metric(&format!("santokit_calls_total{{{labels},logic=\"users/get\",status=\"200\"}}")).await,
        1.0
    );
    let manifest = "ab".repeat(32);
    let counted = format!("santokit_client_manifests_total{{{labels},manifest=\"{manifest}\"}}");
    assert_eq!(host.metric(&counted).await, 1.0);
    assert_eq!(host.metric(&format!("santokit_release_number{{{labels}}}")).await, 1.0);
}

#[tokio::test]
async fn only_configured_origins_may_call_from_a_browser() {
    let database = Database::with(SHOP).await;
    let mut project = shop(&database);
    project.release.config.cors_origins = vec!["https://shop.example.com".to_owned()];
    let host = Host::start(&project).await;
    let preflight = async |origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        client::send(host.address(), "OPTIONS", "/call/users/get", &headers, b"").await
    };
    let allowed = preflight("https://shop.example.com").await;
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://shop.example.com");
    assert!(allowed.header("access-control-allow-headers").contains("authorization"));
    for foreign in ["https://shop.example.com.evil.org", "http://shop.example.com", "null"] {
        assert_eq!(preflight(foreign).await.header("access-control-allow-origin"), "", "{foreign}");
    }
    let call = host.call_with("users/get", r#"{"id":1}"#, &[("origin", "https://shop.example.com")]).await;
    assert_eq!(call.header("access-control-allow-origin"), "https://shop.example.com");
    assert_eq!(call.header("vary"), "origin");
}
