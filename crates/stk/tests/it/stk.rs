//! Running the binary: single commands, and `stk dev` as a process that prints events.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use stk_testkit::Database;
use tempfile::TempDir;

/// The longest wait for an event; past it the test has failed.
const EVENT_MAX: Duration = Duration::from_secs(60);

pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The binary with none of this machine's settings.
pub fn stk(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stk"));
    command
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", folder.join(".config-of-the-test"))
        .env("STK_LOG", "error");
    for name in [
        "STK_HUB_URL",
        "STK_TOKEN",
        "STK_PROJECT_ID",
        "STK_ENV",
        "STK_DATABASE_URL",
        "STK_FAILPOINT",
        "JWT_SECRET",
    ] {
        command.env_remove(name);
    }
    command
}

/// What a finished command said.
#[derive(Debug)]
pub struct Ran {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub fn run(command: &mut Command) -> Ran {
    run_with_input(command, "")
}

pub fn run_with_input(command: &mut Command, input: &str) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("run stk");
    // A command that does not read its input may be gone already.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("wait for stk");
    Ran {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A copy of a project that a test may change.
pub fn copy_of(project: &Path) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_folder(project, folder.path());
    folder
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("make a folder");
    for entry in std::fs::read_dir(from).expect("list a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        if name == ".stk" || name == "node_modules" {
            continue;
        }
        if entry.file_type().expect("its type").is_dir() {
            copy_folder(&entry.path(), &to.join(name));
        } else {
            std::fs::copy(entry.path(), to.join(name)).expect("copy a file");
        }
    }
}

/// Writes a file below a project, its folders too.
pub fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("make the folder");
    std::fs::write(&path, text).expect("write the file");
}

/// A running `stk dev --json`.
pub struct Dev {
    child: Child,
    events: Receiver<Value>,
    pub root: PathBuf,
    pub server_url: String,
    pub hub_url: String,
    /// The first event.
    pub ready: Value,
    http: reqwest::Client,
}

impl Dev {
    /// Starts on a Postgres of the test and waits for the first event.
    pub async fn start(root: &Path) -> Dev {
        let database = Database::create().await;
        Dev::start_on(root, &database.url, &[])
    }

    pub fn start_on(root: &Path, database_url: &str, env: &[(&str, &str)]) -> Dev {
        let mut command = Dev::command(root, database_url);
        command.envs(env.iter().copied());
        Dev::spawn(root, command)
    }

    /// `stk dev --json` on free ports.
    pub fn command(root: &Path, database_url: &str) -> Command {
        let mut command = stk(root);
        command
            .args(["dev", "--json", "--listen", "127.0.0.1:0", "--hub-listen", "127.0.0.1:0"])
            .env("STK_DATABASE_URL", database_url);
        command
    }

    pub fn spawn(root: &Path, mut command: Command) -> Dev {
        // The second provider is refused; one is enough.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = command.stdout(Stdio::piped()).spawn().expect("start stk dev");
        let stdout = child.stdout.take().expect("it is piped");
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not an event: {line}"));
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        let mut dev = Dev {
            child,
            events,
            root: root.to_owned(),
            server_url: String::new(),
            hub_url: String::new(),
            ready: Value::Null,
            http: reqwest::Client::new(),
        };
        dev.ready = dev.event();
        dev.server_url = dev.ready["serverUrl"].as_str().unwrap_or_default().to_owned();
        dev.hub_url = dev.ready["hubUrl"].as_str().unwrap_or_default().to_owned();
        dev
    }

    /// The next event.
    pub fn event(&mut self) -> Value {
        match self.events.recv_timeout(EVENT_MAX) {
            Ok(event) => event,
            Err(error) => panic!("no event of stk dev: {error}; it ended: {:?}", self.child.try_wait()),
        }
    }

    /// A command of the CLI against this platform, with `--json`.
    pub fn stk(&self, args: &[&str]) -> Ran {
        run(stk(&self.root).arg("--json").args(args))
    }

    /// A development token.
    pub fn token(&self, user: &str, roles: &[&str]) -> String {
        let mut args = vec!["auth", "token", "--user", user];
        roles.iter().for_each(|role| args.extend(["--role", role]));
        let ran = self.stk(&args);
        ran.json()["token"].as_str().unwrap_or_else(|| panic!("no token: {ran:?}")).to_owned()
    }

    pub async fn call(&self, path: &str, params: &Value, token: Option<&str>) -> Answer {
        self.call_at("/call", path, params, token).await
    }

    /// A call to another place than the environment at the root.
    pub async fn call_at(&self, at: &str, path: &str, params: &Value, token: Option<&str>) -> Answer {
        let body = serde_json::json!({ "path": path, "params": params });
        let mut request = self.http.post(format!("{}{at}", self.server_url)).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(request.send().await.expect("the Server answers")).await
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as Ctrl-C does, and gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal(nix::sys::signal::Signal::SIGINT);
        self.child.wait().expect("wait for stk dev").code()
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("kill stk dev");
        self.child.wait().expect("wait for stk dev");
    }

    fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(self.child.id() as i32);
        nix::sys::signal::kill(pid, signal).expect("signal stk dev");
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // Of a test that failed; a stopped one is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
        };
        Answer { status, headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
