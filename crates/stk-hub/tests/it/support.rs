//! A Hub for a test: its own database, its own KV, an operator who has bootstrapped.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use stk_contract::hub::{ApplyResult, Diagnostic, Severity};
use stk_contract::package::{self, BlobRef, Pointer, SignedPointer};
use stk_contract::{Problem, kv_keys};
use stk_hub::{Hub, HubConfig, Keyring};
use stk_kv::{EmbeddedKv, Kv};
use stk_testkit::Database;

pub struct TestHub {
    pub hub: Hub,
    /// The Hub's own.
    pub store: Database,
    pub kv: Arc<dyn Kv>,
    pub token: String,
    http: reqwest::Client,
    folder: tempfile::TempDir,
}

pub fn keyring(byte: &str) -> Keyring {
    Keyring::parse(&format!("1:{}", byte.repeat(32))).unwrap()
}

pub fn config(store: &Database) -> HubConfig {
    let mut config = HubConfig::new("127.0.0.1:0".parse().unwrap(), store.url.clone(), keyring("a5"));
    // Tests that want the reconciler start a Hub, which compares at once.
    config.reconcile_every = Duration::from_secs(3600);
    config
}

impl TestHub {
    /// A fresh Hub with a project `shop`.
    pub async fn start() -> TestHub {
        let store = Database::create().await;
        let folder = tempfile::tempdir().unwrap();
        let kv: Arc<dyn Kv> = Arc::new(EmbeddedKv::open(&folder.path().join("kv.redb")).unwrap());
        let hub = Hub::start(config(&store), kv.clone()).await.unwrap();
        let http = http();
        let bootstrap = hub.bootstrap_token().expect("a fresh Hub has a one-time token");
        let answer: Value = http
            .post(format!("http://{}/api/v1/bootstrap", hub.local_addr()))
            .json(&json!({ "token": bootstrap }))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let token = answer["accessToken"].as_str().expect("an access token").to_owned();
        let hub = TestHub { hub, store, kv, token, http, folder };
        hub.call(Method::POST, "/projects", Some(json!({ "id": "shop" }))).await.expect(StatusCode::CREATED);
        hub
    }

    /// Ends this Hub, so that another process may have the KV.
    pub async fn stop(self) -> Stopped {
        self.hub.shutdown().await;
        Stopped { store: self.store, token: self.token, folder: self.folder }
    }

    /// Ends this Hub and starts another one on the same store and KV.
    pub async fn restart(self) -> TestHub {
        self.hub.shutdown().await;
        let hub = Hub::start(config(&self.store), self.kv.clone()).await.unwrap();
        TestHub { hub, ..self }
    }

    /// Ends this Hub and starts another one on the same store and another KV.
    pub async fn with_kv(self, kv: Arc<dyn Kv>) -> TestHub {
        self.hub.shutdown().await;
        let hub = Hub::start(config(&self.store), kv.clone()).await.unwrap();
        TestHub { hub, kv, ..self }
    }

    /// A second Hub beside this one, on the same store and KV; the caller shuts it down.
    pub async fn beside(&self) -> Hub {
        Hub::start(config(&self.store), self.kv.clone()).await.unwrap()
    }

    /// Every byte of the KV's file.
    pub fn kv_bytes(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("kv.redb")).unwrap()
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&self.token, method, path, body).await
    }

    pub async fn call_as(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let url = format!("http://{}/api/v1{path}", self.hub.local_addr());
        let mut request = self.http.request(method, url);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let kind = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
        let has_id = response.headers().contains_key("x-request-id");
        assert!(has_id, "every answer has a request id");
        Answer { status, kind: kind.unwrap_or_default(), text: response.text().await.unwrap() }
    }

    /// A call on the environment `prod` of `shop`.
    pub async fn prod(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call(method, &format!("/projects/shop/environments/prod{path}"), body).await
    }

    pub async fn set_secret(&self, name: &str, value: &str) {
        let answer =
            self.prod(Method::PUT, &format!("/secrets/{name}"), Some(json!({ "value": value }))).await;
        answer.expect(StatusCode::OK);
    }
}

/// Files of a project: path to text.
pub type Files = std::collections::BTreeMap<String, String>;

const SCHEMA: &str = r#"
schema "public" {}

table "users" {
  schema = schema.public
  column "id" {
    type = bigint
    identity { generated = ALWAYS }
  }
  column "name" {
    type = text
  }
  column "nick" {
    type = text
    null = true
  }
  column "balance" {
    type    = numeric
    default = 0
  }
  primary_key {
    columns = [column.id]
  }
}
"#;

const DATABASES: &str = "main:\n  url: ${DATABASE_URL}\n  migrate: ${MIGRATE_URL}\n";

const AUTH: &str = "jwt: { secret: \"${JWT_SECRET}\", expiresIn: 15m }\nroles: [admin, user]\n";

pub const GET: &str = "---\nparams:\n  id: { type: int, required: true }\nreturns: optional\n---\n\
                       SELECT id, name, nick\nFROM users\nWHERE id = :id\n";

/// A small project that deploys: one table, one logic.
pub fn project() -> Files {
    let files = [
        ("schema/main.hcl", SCHEMA),
        ("config/databases.yaml", DATABASES),
        ("config/auth.yaml", AUTH),
        ("logic/users/get.sql", GET),
    ];
    files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

impl TestHub {
    /// A Hub whose `prod` has its secrets, and the user's database that they name.
    pub async fn with_database() -> (TestHub, Database) {
        let hub = TestHub::start().await;
        let database = Database::create().await;
        hub.set_secret("DATABASE_URL", &database.url).await;
        hub.set_secret("MIGRATE_URL", &database.url).await;
        hub.set_secret("JWT_SECRET", "a secret of at least 32 bytes, as HS256 wants").await;
        (hub, database)
    }

    /// The same with the project of [`project`] serving as number 1.
    pub async fn deployed() -> (TestHub, Database) {
        let (hub, database) = TestHub::with_database().await;
        hub.deploy(&project()).await;
        (hub, database)
    }

    pub async fn apply(&self, scope: &str, files: &Files) -> Answer {
        self.prod(Method::POST, "/apply", Some(json!({ "scope": scope, "files": wire(files) }))).await
    }

    /// Applies everything, which must be taken.
    pub async fn deploy(&self, files: &Files) -> ApplyResult {
        let answer = self.apply("deploy", files).await;
        answer.expect(StatusCode::OK);
        serde_json::from_str(&answer.text).unwrap()
    }

    /// Applies one logic file besides the project's, and gives the one diagnostic that it is refused with.
    pub async fn refused_logic(&self, text: &str) -> Diagnostic {
        let mut files = project();
        files.insert("logic/test.sql".to_owned(), text.to_owned());
        let problem = self.apply("deploy", &files).await.problem("check_failed");
        assert_eq!(problem.diagnostics.len(), 1, "{:#?}", problem.diagnostics);
        let diagnostic = problem.diagnostics[0].clone();
        assert_eq!(diagnostic.severity, Severity::Error, "{diagnostic:?}");
        diagnostic
    }

    /// The pointer in the KV, verified.
    pub async fn pointer(&self) -> Pointer {
        let bytes = self.kv.get(&kv_keys::live("shop", "prod")).await.unwrap().expect("a pointer");
        SignedPointer::open(&bytes, &self.hub.signing_keys(), "shop", "prod").unwrap()
    }

    /// What a blob in the KV holds, every hash verified.
    pub async fn blob<T: serde::de::DeserializeOwned>(&self, blob: &BlobRef) -> T {
        let mut parts = Vec::new();
        for part in &blob.parts {
            parts.push(self.kv.get(&kv_keys::blob(part)).await.unwrap().expect("a part of a blob"));
        }
        package::decode(&package::join(blob, &parts).unwrap()).unwrap()
    }
}

/// Files as the wire has them.
pub fn wire(files: &Files) -> Value {
    let entries = files.iter().map(|(path, text)| (path.clone(), json!({ "text": text })));
    Value::Object(entries.collect())
}

/// What stays of a Hub that does not run.
pub struct Stopped {
    pub store: Database,
    pub token: String,
    folder: tempfile::TempDir,
}

impl Stopped {
    pub fn kv_path(&self) -> std::path::PathBuf {
        self.folder.path().join("kv.redb")
    }

    pub async fn start(self) -> TestHub {
        let kv: Arc<dyn Kv> = Arc::new(EmbeddedKv::open(&self.kv_path()).unwrap());
        let hub = Hub::start(config(&self.store), kv.clone()).await.unwrap();
        TestHub { hub, store: self.store, kv, token: self.token, http: http(), folder: self.folder }
    }
}

fn http() -> reqwest::Client {
    // The workspace's reqwest is built without a provider of its own; a second install is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

pub struct Answer {
    pub status: StatusCode,
    pub kind: String,
    pub text: String,
}

impl Answer {
    /// The body, if the status is this one.
    pub fn expect(&self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The problem, if the answer is one with this code.
    pub fn problem(&self, code: &str) -> Problem {
        assert_eq!(self.kind, "application/problem+json", "{}", self.text);
        let problem: Problem = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem.code.code(), code, "{}", self.text);
        assert_eq!(problem.status, self.status.as_u16());
        assert!(problem.request_id.is_some(), "a problem names the request");
        problem
    }
}
