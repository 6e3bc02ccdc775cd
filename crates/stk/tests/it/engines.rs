//! Logic in JavaScript through the binary: deployed with the commands that a user has, called over HTTP.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::conformance::platform::Platform;
use crate::stk::{Dev, write};

/// The files that every project of these tests has.
pub const BASE: [(&str, &str); 2] = [
    ("config/databases.yaml", "main: { url: \"${DATABASE_URL}\" }\n"),
    (
        "schema/main.hcl",
        "schema \"public\" {}\ntable \"items\" {\n  schema = schema.public\n  column \"id\" { type = int }\n  \
         column \"name\" { type = text }\n  primary_key { columns = [column.id] }\n}\n",
    ),
];

/// A logic file that anybody may call, with more lines of its header.
pub fn public(header: &str, code: &str) -> String {
    format!("/* ---\naccess: public\n{header}--- */\n{code}\n")
}

/// Calls as a client does.
pub struct Caller {
    http: reqwest::Client,
    url: String,
}

#[derive(Debug)]
pub struct Called {
    pub status: u16,
    pub body: Value,
    /// What the Server says it took.
    pub took: Duration,
}

impl Caller {
    pub fn new(platform: &Platform, project: &str) -> Caller {
        Caller { http: reqwest::Client::new(), url: platform.url_of(project) }
    }

    pub async fn call(&self, path: &str, params: &Value) -> Called {
        let response = self.http.post(format!("{}/call/{path}", self.url)).json(params).send().await;
        let response = response.unwrap_or_else(|error| panic!("{path}: {error}"));
        let timing = response.headers()["server-timing"].to_str().unwrap_or_default().to_owned();
        let ms: f64 = timing.trim_start_matches("total;dur=").parse().unwrap_or(f64::NAN);
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        Called { status, body, took: Duration::from_secs_f64(ms / 1000.0) }
    }
}

impl Called {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_logic_throws_is_logged_with_its_line_and_hidden_from_the_caller() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in BASE {
        write(folder.path(), path, text);
    }
    let code = "import { fail } from \"./lib/fail\";\n\nexport default async function handler(): Promise<null> {\n  \
                console.log(\"about to fail\");\n  fail(\"the canary\");\n  return null;\n}";
    write(folder.path(), "logic/throws.ts", &public("", code));
    let lib = "export function fail(what: string): never {\n  throw new Error(`no ${what}`);\n}\n";
    write(folder.path(), "logic/lib/fail.ts", lib);
    write(folder.path(), "stk.config.json", r#"{"project_id":"demo"}"#);
    let errors = folder.path().join("stderr.txt");
    let database = stk_testkit::Database::create().await;
    let mut command = Dev::command(folder.path(), &database.url);
    command.stderr(std::fs::File::create(&errors).unwrap());
    let mut dev = Dev::spawn(folder.path(), command);
    assert_eq!(dev.ready["event"], "ready", "{:#}", dev.ready);

    let answer = dev.call("throws", &json!({}), None).await;
    assert_eq!((answer.status, &answer.body["code"]), (500, &json!("logic_failed")));
    let id = answer.body["requestId"].as_str().unwrap().to_owned();
    assert!(!answer.body.to_string().contains("canary"), "{}", answer.body);
    let shown = dev.event();
    assert!(shown.to_string().contains("about to fail"), "{shown}");
    assert_eq!(dev.stop(), Some(0));
    let log = std::fs::read_to_string(&errors).unwrap();
    let line =
        log.lines().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("no line of {id}: {log}"));
    assert!(line.contains("no the canary"), "{line}");
    assert!(line.contains("logic/lib/fail.ts:2") && line.contains("logic/throws.ts:8"), "{line}");
    assert_eq!(log.matches("no the canary").count(), 1, "it is logged once: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_isolate_that_is_killed_loses_no_call_without_an_effect() {
    let platform = Platform::start().await;
    let waits = public(
        "timeout: 20s\n",
        "export default async () => {\n  await new Promise((done) => setTimeout(done, 1500));\n  return 1;\n}",
    );
    let writes = public(
        "timeout: 20s\n",
        "export default async (_, { db }) => {\n  await db.query(\"main\", \"insert into items values (1, 'once')\", []);\n  \
         await new Promise((done) => setTimeout(done, 1500));\n  return 1;\n}",
    );
    let count = public("returns: value\n", "select count(*) as n from items");
    let files = [("logic/waits.js", &*waits), ("logic/writes.js", &*writes), ("logic/count.sql", &*count)];
    platform.deploy_files("killed", &[&BASE[..], &files[..]].concat()).await;
    let caller = Caller::new(&platform, "killed");
    let params = json!({});
    let kill = async {
        // Until the write is there, the run that writes has had no effect.
        while caller.call("count", &params).await.body != 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let isolates = isolates_of(platform.pid());
        assert!(!isolates.is_empty(), "no isolate process is under the platform");
        for pid in &isolates {
            let pid = nix::unistd::Pid::from_raw(*pid);
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        }
        isolates
    };
    let (waited, wrote, killed) =
        tokio::join!(caller.call("waits", &params), caller.call("writes", &params), kill);
    assert_eq!((waited.status, &waited.body), (200, &json!(1)), "it ran again: {waited:?}");
    assert_eq!((wrote.status, wrote.code()), (503, "unavailable"), "it must not run again: {wrote:?}");
    assert_eq!(caller.call("count", &params).await.body, json!(1));
    assert!(isolates_of(platform.pid()).is_disjoint(&killed), "killed ones are gone");
    assert_eq!(platform.stop(), Some(0));
}

/// Isolate processes among the descendants of a process.
fn isolates_of(root: u32) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mut parents = vec![root as i32];
    let processes: Vec<(i32, i32, String)> = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let pid: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let parent = status.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()?;
            let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
            Some((pid, parent, command))
        })
        .collect();
    while let Some(parent) = parents.pop() {
        for (pid, _, command) in processes.iter().filter(|(_, of, _)| *of == parent) {
            parents.push(*pid);
            if command.contains("__isolate") {
                found.insert(*pid);
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_48_logic_fetches_what_the_project_names_and_nothing_of_the_machine() {
    let platform = Platform::start().await;
    let tries = public(
        "params:\n  url: { type: string, required: true }\n",
        "export default async ({ url }) => {\n  try {\n    return (await fetch(url)).status;\n  } catch (error) {\n    \
         return [error.name, error.cause?.code];\n  }\n}",
    );
    // The platform itself listens there: connected to, it would answer.
    let own = platform.url_of("fetches");
    let address = own.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let egress = format!("hosts: [\"{address}\", \"169.254.169.254\"]\n");
    let files = [("logic/tries.js", &*tries), ("config/egress.yaml", &*egress)];
    platform.deploy_files("fetches", &[&BASE[..], &files[..]].concat()).await;
    let caller = Caller::new(&platform, "fetches");
    for url in [&*own, "http://169.254.169.254/latest/meta-data", "https://example.com/", "http://localhost/"]
    {
        let called = caller.call("tries", &json!({ "url": url })).await;
        assert_eq!(called.body, json!(["TypeError", "egress_refused"]), "{url}: {called:?}");
    }
    assert_eq!(platform.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_release_runs_new_code_at_once_and_no_old_one() {
    let platform = Platform::start().await;
    let version = |number: u32| {
        public("isolate: reuse\n", &format!("let calls = 0;\nexport default () => [{number}, ++calls];"))
    };
    let (first, second) = (version(1), version(2));
    platform.deploy_files("versions", &[&BASE[..], &[("logic/version.js", &*first)]].concat()).await;
    let caller = Caller::new(&platform, "versions");
    assert_eq!(caller.call("version", &json!({})).await.body[0], 1);
    platform.redeploy("versions", &[("logic/version.js", &second)]);
    let started = Instant::now();
    while caller.call("version", &json!({})).await.body[0] != 2 {
        assert!(started.elapsed() < Duration::from_secs(10), "the new release does not serve");
    }
    for _ in 0..20 {
        assert_eq!(caller.call("version", &json!({})).await.body[0], 2);
    }
    assert_eq!(platform.stop(), Some(0));
}
