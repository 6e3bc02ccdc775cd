//! Projects made by hand: releases, attestations and secrets as the Hub would write them.

mod logic;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use stk_contract::config::{self, Jwt, SchemaEngine, Ssl, Template};
use stk_contract::package::{self, BlobRef, Pointer, SealedSecret, Secrets, SignedPointer};
use stk_contract::seal::{Key, Sealed, SecretId};
use stk_contract::sign::SigningKey;
use stk_contract::token::{self, Claims};
use stk_contract::{Attestation, Code, Hash, LogicPath, LogicProof, Release, kv_keys};
use stk_kv::{EmbeddedKv, Kv};
use stk_server::{DeploymentConfig, Server, ServerConfig};
use stk_testkit::Database;

use crate::client::{self, Answer};
pub use logic::{Logic, read, wasm, write};

pub const JWT_SECRET: &str = "a test secret of some length";

/// A project as it is deployed.
#[derive(Clone)]
pub struct Project {
    pub project: String,
    pub env: String,
    pub number: u64,
    pub secrets_seq: u64,
    pub release: Release,
    pub logic: BTreeMap<LogicPath, LogicProof>,
    pub secrets: BTreeMap<String, String>,
    pub key: Key,
    pub signing: SigningKey,
    pub expires_at_ms: u64,
}

impl Project {
    pub fn new(database_url: &str) -> Project {
        let mut release =
            Release { project: "shop".to_owned(), openapi: "{}".to_owned(), ..Release::default() };
        release.config.databases.insert(
            "main".to_owned(),
            config::Database {
                url: Template("${DATABASE_URL}".to_owned()),
                migrate: None,
                pool_max: 10,
                pool_acquire_ms: 2_000,
                statement_timeout_ms: 30_000,
                ssl: Ssl::Prefer,
                rls: false,
                engine: SchemaEngine::Santokit,
            },
        );
        release.config.auth.jwt = Some(Jwt {
            secret: Some(Template("${JWT_SECRET}".to_owned())),
            expires_in_ms: 900_000,
            refresh_expires_in_ms: 900_000,
        });
        release.config.auth.roles = vec![config::Role { name: "admin".to_owned(), description: None }];
        let secrets = [("DATABASE_URL", database_url), ("JWT_SECRET", JWT_SECRET)];
        Project {
            project: "shop".to_owned(),
            env: "prod".to_owned(),
            number: 1,
            secrets_seq: 1,
            release,
            logic: BTreeMap::new(),
            secrets: secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            key: Key::from_bytes([7; 32]),
            signing: SigningKey::from_bytes(&[9; 32]),
            expires_at_ms: unix_ms() + 3_600_000,
        }
    }

    pub fn logic(mut self, path: &str, logic: Logic) -> Project {
        let path = LogicPath::parse(path).expect("a path");
        let (statements, proofs) = logic.statements.into_iter().unzip();
        let code = match logic.module {
            None => Code::Sql(statements),
            Some(module) => {
                let hash = Hash::of(&module);
                self.release.binaries.insert(hash, module);
                Code::Wasm(hash)
            }
        };
        self.release.manifest.logic.insert(path.clone(), logic.spec);
        self.release.code.insert(path.clone(), code);
        self.logic.insert(
            path,
            LogicProof { statements: proofs, read_only: logic.read_only, queries: logic.queries },
        );
        self
    }

    pub fn database(&mut self) -> &mut config::Database {
        self.release.config.databases.get_mut("main").expect("the database `main`")
    }

    /// Writes blobs and pointer.
    pub async fn publish(&self, kv: &dyn Kv) {
        let pointer = self.publish_blobs(kv).await;
        self.publish_pointer(kv, &pointer).await;
    }

    pub async fn publish_pointer(&self, kv: &dyn Kv, pointer: &Pointer) {
        let bytes = SignedPointer::sign(pointer, &self.signing).to_bytes();
        kv.put(&kv_keys::live(&self.project, &self.env), bytes).await.expect("write the pointer");
    }

    pub async fn publish_blobs(&self, kv: &dyn Kv) -> Pointer {
        let release = put(kv, package::encode(&self.release)).await;
        let attestation = Attestation {
            project: self.project.clone(),
            env: self.env.clone(),
            number: self.number,
            release: release.hash,
            manifest: Hash::of(b"the client's manifest"),
            schema_fingerprints: BTreeMap::new(),
            logic: self.logic.clone(),
        };
        let attestation = put(kv, package::encode(&attestation)).await;
        let secrets = put(kv, package::encode(&self.sealed())).await;
        Pointer {
            project: self.project.clone(),
            env: self.env.clone(),
            number: self.number,
            secrets_seq: self.secrets_seq,
            release,
            attestation,
            secrets,
            issued_at_ms: unix_ms(),
            expires_at_ms: self.expires_at_ms,
            key_id: self.signing.verifying_key().id().to_owned(),
        }
    }

    fn sealed(&self) -> Secrets {
        let seal = |(index, (name, value)): (usize, (&String, &String))| {
            let id = SecretId { project: &self.project, env: &self.env, name, version: 1 };
            let mut nonce = [0; 12];
            nonce[0] = index as u8;
            let sealed = Sealed::seal(&self.key, nonce, &id, value.as_bytes());
            (name.clone(), SealedSecret { version: 1, sealed })
        };
        Secrets { secrets: self.secrets.iter().enumerate().map(seal).collect() }
    }

    pub fn deployment(&self) -> DeploymentConfig {
        DeploymentConfig {
            project: self.project.clone(),
            env: self.env.clone(),
            keys: vec![self.key.clone()],
        }
    }

    /// A token of this environment.
    pub fn token(&self, user: &str, roles: &[&str]) -> String {
        token::mint(&self.claims(user, roles), JWT_SECRET.as_bytes())
    }

    pub fn claims(&self, user: &str, roles: &[&str]) -> Claims {
        let now = unix_ms() / 1000;
        Claims {
            iss: token::ISSUER.to_owned(),
            aud: token::audience(&self.project, &self.env),
            sub: user.to_owned(),
            email: None,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            iat: now,
            exp: now + 600,
        }
    }
}

async fn put(kv: &dyn Kv, bytes: Vec<u8>) -> BlobRef {
    let (blob, parts) = package::split(&bytes);
    for (hash, part) in parts {
        kv.put(&kv_keys::blob(&hash), part).await.expect("write a blob");
    }
    blob
}

pub fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time past 1970").as_millis() as u64
}

/// A Server with its KV and folders.
pub struct Host {
    pub server: Server,
    pub kv: Arc<dyn Kv>,
    pub folder: tempfile::TempDir,
}

impl Host {
    /// Serves `project` and waits until it does.
    pub async fn start(project: &Project) -> Host {
        let host = Host::start_empty(project).await;
        project.publish(&*host.kv).await;
        host.live(project).await;
        host
    }

    /// Waits for `project`, whose package is not there yet.
    pub async fn start_empty(project: &Project) -> Host {
        let folder = tempfile::tempdir().expect("a folder");
        let kv: Arc<dyn Kv> = Arc::new(EmbeddedKv::open(&folder.path().join("kv")).expect("a KV"));
        let server = start(&folder, kv.clone(), project).await;
        Host { server, kv, folder }
    }

    /// Ends the Server and starts another one on the same folder, with `kv`.
    pub async fn restart(self, kv: Arc<dyn Kv>, project: &Project) -> Host {
        self.server.shutdown().await;
        drop(self.server);
        let server = start(&self.folder, kv.clone(), project).await;
        Host { server, kv, folder: self.folder }
    }

    pub async fn live(&self, project: &Project) {
        let live = self.server.wait_until_live(&project.project, &project.env, project.number);
        if tokio::time::timeout(Duration::from_secs(10), live).await.is_err() {
            panic!("number {} does not serve: {:?}", project.number, self.server.status());
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.local_addr()
    }

    pub async fn call(&self, path: &str, params: &str) -> Answer {
        self.call_with(path, params, &[]).await
    }

    pub async fn call_with(&self, path: &str, params: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        client::send(self.address(), "POST", &format!("/call/{path}"), &all, params.as_bytes()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        client::send(self.address(), "GET", path, &[], b"").await
    }

    /// The value of a metric's line that starts with `prefix`.
    pub async fn metric(&self, prefix: &str) -> f64 {
        let text = self.get("/metrics").await.body;
        let line = text.lines().find(|line| line.starts_with(prefix));
        let value = line.and_then(|line| line.rsplit(' ').next()).and_then(|value| value.parse().ok());
        value.unwrap_or_else(|| panic!("no metric `{prefix}` in {text}"))
    }
}

async fn start(folder: &tempfile::TempDir, kv: Arc<dyn Kv>, project: &Project) -> Server {
    let pinned = vec![project.signing.verifying_key()];
    let mut config = ServerConfig::new(([127, 0, 0, 1], 0).into(), pinned, folder.path().join("packages"));
    config.drain = Duration::from_secs(5);
    config.body_timeout = Duration::from_secs(3);
    config.egress_to_loopback = true;
    config.deployments.push(project.deployment());
    Server::start(config, kv).await.expect("start the Server")
}

/// Polls until `holds` says so; fails after 10 s.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Statements of the test's database that run right now and whose text contains `part`.
pub async fn running(database: &Database, part: &str) -> i64 {
    let watcher = database.connect().await;
    let query = "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' \
                 and query like '%' || $1::text || '%' and pid <> pg_backend_pid()";
    watcher.query_one(query, &[&part]).await.expect("look at the activity").get(0)
}
