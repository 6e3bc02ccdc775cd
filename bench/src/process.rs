//! Processes that the harness starts, and what /proc says they cost.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// The unit of CPU times in /proc, the same on every Linux that Rust and Postgres both run on.
const TICK: Duration = Duration::from_millis(10);

const STOP_MAX: Duration = Duration::from_secs(10);

/// A child that is asked to stop, then made to, when this value is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts `command`; its errors go to the harness' own.
    pub fn start(name: &str, mut command: Command) -> Result<Process> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {name}"))?;
        let output = child.stdout.take().map(BufReader::new).with_context(|| format!("output of {name}"))?;
        Ok(Process { name: name.to_owned(), child, output })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it prints, as JSON. Waits for it.
    pub fn json(&mut self) -> Result<Value> {
        let line = self.line()?;
        serde_json::from_str(&line).with_context(|| format!("{} printed `{line}`", self.name))
    }

    /// The next line that it prints. Waits for it.
    pub fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let length = self.output.read_line(&mut line).with_context(|| format!("read from {}", self.name))?;
        ensure!(length > 0, "{} ended before it was ready", self.name);
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Baselines end with their standard input, `stk` by the signal. Neither call can fail in a way that
        // leaves something to do but the kill below.
        drop(self.child.stdin.take());
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        let asked = Instant::now();
        while asked.elapsed() < STOP_MAX {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time that a process and all its descendants, ended ones included, have used so far.
pub fn cpu_of_tree(root: u32) -> Result<Duration> {
    let all = all_stats()?;
    let mut tree = vec![root];
    let mut ticks = 0;
    while let Some(id) = tree.pop() {
        let Some(stat) = all.iter().find(|stat| stat.id == id) else {
            bail!("process {id} is gone");
        };
        ticks += stat.ticks;
        tree.extend(all.iter().filter(|stat| stat.parent == id).map(|stat| stat.id));
    }
    Ok(TICK * ticks)
}

/// A process and all its descendants.
pub fn tree(root: u32) -> Result<Vec<u32>> {
    let all = all_stats()?;
    let (mut open, mut tree) = (vec![root], Vec::new());
    while let Some(id) = open.pop() {
        tree.push(id);
        open.extend(all.iter().filter(|stat| stat.parent == id).map(|stat| stat.id));
    }
    Ok(tree)
}

/// Resident memory of a process and all its descendants, in bytes; what they share counts for each.
pub fn resident_bytes_of_tree(root: u32) -> Result<u64> {
    // One that ended since the tree was read has none.
    Ok(tree(root)?.into_iter().filter_map(|id| resident_bytes(id).ok()).sum())
}

/// Files, sockets and the like that a process and all its descendants hold open.
pub fn open_files_of_tree(root: u32) -> Result<usize> {
    let count = |id: u32| std::fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count);
    Ok(tree(root)?.into_iter().map(count).sum())
}

/// The arguments that a process was started with.
pub fn arguments(id: u32) -> Result<String> {
    let path = format!("/proc/{id}/cmdline");
    Ok(std::fs::read_to_string(&path).with_context(|| path.clone())?.replace('\0', " "))
}

/// Resident memory of one process, in bytes.
pub fn resident_bytes(id: u32) -> Result<u64> {
    let path = format!("/proc/{id}/status");
    let status = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    kib.map(|kib: u64| kib * 1024).with_context(|| format!("no VmRSS in {path}"))
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    id: u32,
    parent: u32,
    /// In user and kernel mode, with those of children that have ended.
    ticks: u32,
}

fn all_stats() -> Result<Vec<Stat>> {
    let mut stats = Vec::new();
    for entry in std::fs::read_dir("/proc").context("/proc: the harness needs Linux")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // A process that ended since the folder was read has no file any more.
        let Ok(text) = std::fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
        stats.push(parse_stat(&text).with_context(|| format!("/proc/{id}/stat: {text}"))?);
    }
    Ok(stats)
}

/// proc(5): the name, in brackets, may hold anything; behind the last bracket come `state ppid …`.
fn parse_stat(text: &str) -> Option<Stat> {
    let (head, tail) = text.rsplit_once(')')?;
    let id = head.split_whitespace().next()?.parse().ok()?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u32>()).sum::<Result<u32, _>>().ok()?;
    Some(Stat { id, parent: fields.get(1)?.parse().ok()?, ticks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_brackets_and_spaces_do_not_shift_the_fields() {
        let text = "42 (a) b (c) S 7 42 42 0 -1 4194560 9 9 9 9 100 20 3 1 20 0 1 0 5 1 1";
        assert_eq!(parse_stat(text), Some(Stat { id: 42, parent: 7, ticks: 124 }));
    }

    #[test]
    fn this_process_uses_cpu_and_memory() {
        assert!(cpu_of_tree(std::process::id()).is_ok());
        assert!(resident_bytes(std::process::id()).unwrap() > 100_000);
    }
}
