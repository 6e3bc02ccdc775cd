//! The cluster in a data directory: made once, started, stopped.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Installation;
use crate::failure::{Doing as _, Failure};
use crate::output::Output;

const START_MAX: Duration = Duration::from_secs(60);
/// A socket's path may have 107 bytes; its name takes 16 of them.
const SOCKET_FOLDER_BYTES_MAX: usize = 90;
const SUPERUSER: &str = "santokit";

/// A running Postgres. It stops when this is dropped, or when this process is gone for whatever reason.
#[derive(Debug)]
pub struct Cluster {
    /// A shell that holds Postgres and stops it once its standard input closes.
    guard: Child,
    folder: PathBuf,
    /// The same at every start, because URLs with it are kept as secrets.
    socket: PathBuf,
    password: String,
}

/// An unprivileged user to run as.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Starts the cluster in `folder`, made where there is none.
    pub fn start(folder: &Path, output: &Output) -> Result<Cluster, Failure> {
        let user = unprivileged()?;
        let folder = reachable(folder, user)?;
        let data = folder.join("data");
        let progress = output.progress("starting PostgreSQL");
        let installation = match std::fs::read_to_string(data.join("PG_VERSION")) {
            Ok(version) => Installation::find_major(version.trim().parse().unwrap_or(0), output)?,
            Err(_) => {
                let installation = Installation::find(output)?;
                progress.message("making a PostgreSQL cluster");
                initialise(&installation, &folder, user)?;
                installation
            }
        };
        wait_for_former(&data)?;
        let socket = socket_folder(&folder, user)?;
        let password = std::fs::read_to_string(folder.join("password"))
            .doing(|| format!("can not read the password of the cluster in {}", folder.display()))?;
        let guard = spawn(&installation, &folder, &socket, user)?;
        let mut cluster = Cluster { guard, folder, socket, password };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// URL of the superuser, for a database.
    pub fn url(&self, database: &str) -> String {
        self.url_of(SUPERUSER, &self.password, database)
    }

    /// URL of a role, for a database.
    pub fn url_of(&self, role: &str, password: &str, database: &str) -> String {
        let host = self.socket.display().to_string().replace('/', "%2F");
        format!("postgres://{role}:{password}@{host}/{database}")
    }

    fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let started = Instant::now();
        let status = self.folder.join("data").join("postmaster.pid");
        // The postmaster itself writes `ready` into its pid file; there is no event to wait for.
        while !std::fs::read_to_string(&status)
            .is_ok_and(|text| text.lines().any(|line| line.trim() == "ready"))
        {
            let ended = self.guard.try_wait().ok().flatten().is_some();
            if ended || started.elapsed() > START_MAX {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(5).collect();
                let last: Vec<&str> = last.into_iter().rev().collect();
                return Err(Failure::new(format!("PostgreSQL did not start:\n{}", last.join("\n")))
                    .hint(format!("its log is {}", self.folder.join("log").display())));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // The guard may already be gone; there is nobody left to tell.
        let _ = self.guard.wait();
    }
}

fn initialise(installation: &Installation, folder: &Path, user: Option<User>) -> Result<(), Failure> {
    let password = crate::platform::secrets::random_hex(24)?;
    let password_file = folder.join("password");
    write_for(&password_file, &password, user)?;
    // Made under another name: a kill half-way must not leave a folder that looks whole.
    let making = folder.join("making");
    if making.exists() {
        std::fs::remove_dir_all(&making).doing(|| format!("can not remove {}", making.display()))?;
    }
    let run = command(&installation.bin.join("initdb"), user)
        .args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"])
        .arg(format!("--username={SUPERUSER}"))
        .arg(format!("--pwfile={}", password_file.display()))
        .arg("-D")
        .arg(&making)
        .output()
        .doing(|| "can not run initdb".to_owned())?;
    if !run.status.success() {
        let stderr = String::from_utf8_lossy(&run.stderr);
        return Err(Failure::new(format!("initdb failed: {}", stderr.trim())));
    }
    std::fs::rename(&making, folder.join("data")).doing(|| "can not finish the new cluster".to_owned())
}

fn spawn(
    installation: &Installation,
    folder: &Path,
    socket: &Path,
    user: Option<User>,
) -> Result<Child, Failure> {
    // `exec` in the background keeps one shell per cluster; SIGINT is Postgres' fast shutdown.
    let script = r#"log=$1; shift; "$@" >"$log" 2>&1 & pid=$!; trap '' INT TERM HUP; cat >/dev/null; kill -INT $pid; wait $pid"#;
    command(Path::new("/bin/sh"), user)
        .args(["-c", script, "stk-postgres"])
        .arg(folder.join("log"))
        .arg(installation.bin.join("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-c", "listen_addresses=", "-c", &format!("unix_socket_directories={}", socket.display())])
        .args([
            "-c",
            "max_connections=200",
            "-c",
            "client_connection_check_interval=1s",
            "-c",
            "timezone=UTC",
        ])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .doing(|| "can not start PostgreSQL".to_owned())
}

/// After a kill -9 of this program, its Postgres is still shutting down for a moment.
fn wait_for_former(data: &Path) -> Result<(), Failure> {
    let started = Instant::now();
    while let Some(pid) = postmaster(data) {
        if started.elapsed() > START_MAX {
            return Err(Failure::new(format!("another PostgreSQL (process {pid}) uses {}", data.display()))
                .hint("stop it, or choose another data directory with --data"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The process that holds the data directory, if it lives.
fn postmaster(data: &Path) -> Option<i32> {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid: i32 = text.lines().next()?.trim().parse().ok()?;
    match nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) {
        Err(nix::errno::Errno::ESRCH) => None,
        _ => is_postgres(pid).then_some(pid),
    }
}

/// Whether the process is a Postgres and not one that got the same id later. Where it can not be told, it is.
fn is_postgres(pid: i32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(name) => name.starts_with("postgres"),
        Err(_) => !Path::new("/proc/self").exists(),
    }
}

fn unprivileged() -> Result<Option<User>, Failure> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    let found =
        ["postgres", "nobody"].iter().find_map(|name| nix::unistd::User::from_name(name).ok().flatten());
    let user = found.ok_or_else(|| {
        Failure::new("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")
            .hint("start stk as an ordinary user, or set STK_DATABASE_URL")
    })?;
    Ok(Some(User { uid: user.uid.as_raw(), gid: user.gid.as_raw() }))
}

/// The folder itself, owned by whom Postgres runs as; where that user could not get there (below `/root`, say), one
/// below `/var/lib/santokit` that is named after it.
fn reachable(folder: &Path, user: Option<User>) -> Result<PathBuf, Failure> {
    let doing = |path: &Path| format!("can not make the folder {}", path.display());
    std::fs::create_dir_all(folder).doing(|| doing(folder))?;
    let mut place = folder.canonicalize().doing(|| doing(folder))?;
    if user.is_some() {
        let passable =
            |path: &Path| std::fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o001 != 0);
        if !place.ancestors().skip(1).all(passable) {
            let name = stk_contract::Hash::of(place.as_os_str().as_encoded_bytes()).to_string();
            place = Path::new("/var/lib/santokit").join(&name[..16]);
            std::fs::create_dir_all(&place).doing(|| doing(&place))?;
        }
    }
    hand_over(&place, user)?;
    Ok(place)
}

/// Beside the data; where that path is too long for a socket, in the folder for temporary files.
fn socket_folder(folder: &Path, user: Option<User>) -> Result<PathBuf, Failure> {
    let beside = folder.join("run");
    let socket = if beside.as_os_str().len() <= SOCKET_FOLDER_BYTES_MAX {
        beside
    } else {
        let name = stk_contract::Hash::of(folder.as_os_str().as_encoded_bytes()).to_string();
        std::env::temp_dir().join(format!("santokit-{}", &name[..16]))
    };
    match std::fs::create_dir(&socket) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let owner =
                std::fs::symlink_metadata(&socket).map(|metadata| (metadata.is_dir(), metadata.uid()));
            let expected = user.map_or_else(|| nix::unistd::geteuid().as_raw(), |user| user.uid);
            if !owner.is_ok_and(|(is_dir, uid)| is_dir && uid == expected) {
                return Err(Failure::new(format!("{} belongs to somebody else", socket.display())));
            }
        }
        made => made.doing(|| format!("can not make the folder {}", socket.display()))?,
    }
    hand_over(&socket, user)?;
    Ok(socket)
}

fn hand_over(folder: &Path, user: Option<User>) -> Result<(), Failure> {
    let doing = || format!("can not hand over {}", folder.display());
    if let Some(user) = user {
        std::os::unix::fs::chown(folder, Some(user.uid), Some(user.gid)).doing(doing)?;
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).doing(doing)
}

fn write_for(path: &Path, text: &str, user: Option<User>) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let doing = || format!("can not write {}", path.display());
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path).doing(doing)?;
    file.write_all(text.as_bytes()).doing(doing)?;
    file.sync_all().doing(doing)?;
    if let Some(user) = user {
        std::os::unix::fs::chown(path, Some(user.uid), Some(user.gid)).doing(doing)?;
    }
    Ok(())
}

fn command(program: &Path, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}
