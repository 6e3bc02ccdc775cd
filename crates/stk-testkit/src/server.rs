//! Starting and ending the temporary server.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A temporary server. It ends when this value is dropped or when its process is gone, however that came about.
#[derive(Debug)]
pub struct Server {
    /// A shell that holds Postgres. Once its standard input closes, it stops it and removes its data: the one server of
    /// a test process is never dropped.
    guard: Child,
    folder: tempfile::TempDir,
}

const START_MAX: Duration = Duration::from_secs(30);

impl Server {
    /// The one server of this test process.
    pub fn shared() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Server::start(&[]))
    }

    /// A server of its own, for tests that stop it or change its settings (`name=value`).
    pub fn start(settings: &[&str]) -> Server {
        let bin = bin_folder();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(folder.path(), Some(uid), Some(gid))
                .expect("hand the folder to the user");
        }
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
            .expect("open the folder");
        let data = folder.path().join("data");
        let output = command(&bin.join("initdb"), user)
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .expect("run initdb");
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        configure(&data, folder.path(), settings);
        // A statement that runs away gets an error of its own, and not the machine's memory.
        let guard = command(Path::new("/bin/sh"), user)
            .args([
                "-c",
                r#"ulimit -v 6000000; "$0" -D "$1" >"$1/log" 2>&1 & pid=$!; cat >/dev/null; kill -INT $pid; wait $pid; rm -rf "$1""#,
            ])
            .arg(bin.join("postgres"))
            .arg(&data)
            .process_group(0)
            .stdin(Stdio::piped())
            .spawn()
            .expect("start postgres");
        let server = Server { guard, folder };
        server.wait_until_ready();
        server
    }

    /// URL of the superuser for the database `name`.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://postgres@{}/{name}", self.folder.path().display().to_string().replace('/', "%2F"))
    }

    /// The process id of the postmaster, for tests that kill it.
    pub fn pid(&self) -> i32 {
        let text =
            std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).expect("a pid file");
        text.lines().next().and_then(|line| line.parse().ok()).expect("a pid in the pid file")
    }

    fn wait_until_ready(&self) {
        let started = Instant::now();
        let status = self.folder.path().join("data/postmaster.pid");
        // The postmaster itself writes `ready` into its pid file; there is no event to wait for.
        while !std::fs::read_to_string(&status)
            .is_ok_and(|text| text.lines().any(|line| line.trim() == "ready"))
        {
            if started.elapsed() > START_MAX {
                let log = std::fs::read_to_string(self.folder.path().join("data/log")).unwrap_or_default();
                panic!("postgres did not start: {log}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // The guard may already be gone; there is nobody left to tell.
        let _ = self.guard.wait();
    }
}

fn configure(data: &Path, socket: &Path, settings: &[&str]) {
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(data.join("postgresql.conf"))
        .expect("open postgresql.conf");
    let socket = socket.display();
    writeln!(
        file,
        "listen_addresses = ''\nunix_socket_directories = '{socket}'\nfsync = off\nsynchronous_commit = off\n\
         full_page_writes = off\nmax_connections = 300\nshared_buffers = 64MB\ntimezone = 'UTC'\nautovacuum = off"
    )
    .expect("write postgresql.conf");
    for setting in settings {
        writeln!(file, "{setting}").expect("write postgresql.conf");
    }
}

fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// Whom Postgres runs as where the tests run as root: it refuses root.
fn unprivileged() -> Option<(u32, u32)> {
    if !nix::unistd::geteuid().is_root() {
        return None;
    }
    let user =
        ["postgres", "nobody"].iter().find_map(|name| nix::unistd::User::from_name(name).ok().flatten());
    let user = user.expect("an unprivileged user `postgres` or `nobody`");
    Some((user.uid.as_raw(), user.gid.as_raw()))
}

/// The folder of `postgres` and `initdb`: PATH first, then where distributions put it, the newest version first.
fn bin_folder() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    installed.sort();
    std::env::split_paths(&path)
        .chain(installed.into_iter().rev())
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .expect("a PostgreSQL server: install the package `postgresql`")
}
