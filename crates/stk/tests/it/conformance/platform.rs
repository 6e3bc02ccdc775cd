//! A platform with the conformance projects on it, deployed with the commands that a user has.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use stk_testkit::Database;
use tempfile::TempDir;

use super::case::Case;
use crate::stk::{Dev, copy_folder, repository, run_with_input, stk, write};

/// The environment that a project is made with.
pub const ENV: &str = "prod";

/// What the cases' tokens are signed with.
pub const JWT_SECRET: &str = "the secret of the conformance cases";

/// How long a release may take from the Hub to the Server.
const LIVE_MAX: Duration = Duration::from_secs(10);

pub struct Platform {
    folder: TempDir,
    process: Dev,
}

/// A project that serves, seeded, on a database of its own.
pub struct Project {
    pub name: String,
    pub cases: Vec<Case>,
    /// The cases as the file has them.
    pub cases_json: Value,
    /// What a Server of its own would be given: see `stk env key`.
    pub environment_key: String,
    pub signing_key: String,
}

impl Platform {
    pub async fn start() -> Platform {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Database::create().await;
        let mut command = stk(folder.path());
        command
            .args(["platform", "--json", "--data", "data"])
            .args(["--listen", "127.0.0.1:0", "--hub-listen", "127.0.0.1:0"])
            .env("STK_DATABASE_URL", database.url)
            // Cases that must fail would fill the screen.
            .env("STK_LOG", "off");
        let process = Dev::spawn(folder.path(), command);
        let platform = Platform { folder, process };
        let bootstrap = platform.process.ready["bootstrapToken"].as_str().expect("a new Hub's token");
        let login = ["login", "--with", "bootstrap", "--hub-url", &platform.process.hub_url];
        stk_in(platform.folder.path(), &login, bootstrap);
        platform
    }

    /// Where the project answers.
    pub fn url_of(&self, project: &str) -> String {
        format!("{}/p/{project}/{ENV}", self.process.server_url)
    }

    /// One of the projects of the suite.
    pub async fn deploy(&self, name: &str) -> Project {
        copy_folder(&repository().join("conformance/projects").join(name), &self.folder.path().join(name));
        self.deploy_folder(name).await
    }

    /// A project of these files, without cases.
    pub async fn deploy_files(&self, name: &str, files: &[(&str, &str)]) {
        let root = self.folder.path().join(name);
        files.iter().for_each(|(path, text)| write(&root, path, text));
        write(&root, "cases.json", "[]");
        self.deploy_folder(name).await;
    }

    /// Changes files of a deployed project and deploys it again.
    pub fn redeploy(&self, name: &str, files: &[(&str, &str)]) {
        let root = self.folder.path().join(name);
        files.iter().for_each(|(path, text)| write(&root, path, text));
        stk_in(self.folder.path(), &["-C", name, "deploy"], "");
    }

    /// The process of the platform.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    async fn deploy_folder(&self, name: &str) -> Project {
        let root = self.folder.path().join(name);
        write(&root, "stk.config.json", &format!(r#"{{"project_id":"{name}"}}"#));
        let command = |args: &[&str], input: &str| {
            let whole = [&["-C", name], args].concat();
            stk_in(self.folder.path(), &whole, input)
        };
        let database = Database::create().await;
        command(&["project", "create", name], "");
        command(&["secret", "set", "DATABASE_URL"], &database.url);
        command(&["secret", "set", "JWT_SECRET"], JWT_SECRET);
        command(&["deploy"], "");
        self.wait_until_live(name).await;
        if let Ok(seed) = std::fs::read_to_string(root.join("seed.sql")) {
            database.execute(&seed).await;
        }
        let key_file = root.join("env.key");
        let key = command(&["env", "key", "--output", key_file.to_str().expect("a path in UTF-8")], "");
        let text = std::fs::read_to_string(root.join("cases.json")).expect("the project's cases");
        Project {
            name: name.to_owned(),
            cases: serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}/cases.json: {error}")),
            cases_json: serde_json::from_str(&text).expect("it is JSON"),
            environment_key: std::fs::read_to_string(key_file).expect("the environment key"),
            signing_key: key["signingKey"].as_str().expect("the signing key").to_owned(),
        }
    }

    /// The Server follows the KV by itself and tells nobody outside, so it is asked: for a logic that there is not,
    /// which leaves the cache empty.
    async fn wait_until_live(&self, project: &str) {
        let (http, url, started) = (reqwest::Client::new(), self.url_of(project), Instant::now());
        loop {
            let answer = http.post(format!("{url}/call/-")).send().await.expect("the Server answers");
            if answer.headers().contains_key("x-santokit-release") {
                return;
            }
            assert!(started.elapsed() < LIVE_MAX, "{project} is deployed and does not serve: {answer:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Its exit code.
    pub fn stop(self) -> Option<i32> {
        self.process.stop()
    }

    /// The folder that holds `data`.
    pub fn stop_and_keep_data(self) -> TempDir {
        assert_eq!(self.process.stop(), Some(0));
        self.folder
    }
}

/// A command that must succeed, and its JSON.
fn stk_in(folder: &Path, args: &[&str], input: &str) -> Value {
    let ran = run_with_input(stk(folder).arg("--json").args(args), input);
    assert_eq!(ran.exit, 0, "stk {args:?}: {ran:?}");
    ran.json()
}
