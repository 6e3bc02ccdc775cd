//! The generated reference in docs/: what the code says, written down. `STK_BLESS=1` writes it anew.

use std::path::Path;
use std::process::Command;

use stk_contract::ErrorCode;

use crate::stk::repository;

/// Compares with the file, or writes it.
fn hold(path: &str, text: &str) {
    let path = repository().join(path);
    if std::env::var_os("STK_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let current = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(current == text, "{} is stale: run the tests with STK_BLESS=1", path.display());
}

#[test]
fn errors_are_written_down() {
    let mut text = String::from(
        "# Error codes\n\nEvery answer that is no success is `application/problem+json` (RFC 9457) with one of these \
         codes. Codes are stable.\n\n| code | status | meaning |\n|---|---|---|\n",
    );
    let mut codes = ErrorCode::ALL.to_vec();
    codes.sort_by_key(|code| (code.status(), code.code()));
    for code in codes {
        let anchor = format!("<a id=\"{0}\"></a>`{0}`", code.code());
        text.push_str(&format!("| {anchor} | {} | {} |\n", code.status(), code.doc()));
    }
    hold("docs/reference/errors.md", &text);
}

#[test]
fn diagnostics_are_written_down() {
    let mut text = String::from(
        "# Diagnostics\n\nWhat a check says of a project's files: each with file, line, column and one of these codes, which are \
         stable. Errors refuse a deploy; `info` is shown by `stk logic validate` alone.\n\n| code | severity | meaning |\n|---|---|---|\n",
    );
    let mut codes = stk_project::Code::ALL.to_vec();
    codes.sort_by_key(|code| code.as_str());
    for code in codes {
        let severity = serde_json::to_value(code.severity()).unwrap();
        let (anchor, severity) = (code.as_str(), severity.as_str().unwrap());
        text.push_str(&format!("| <a id=\"{anchor}\"></a>`{anchor}` | {severity} | {} |\n", code.doc()));
    }
    hold("docs/reference/diagnostics.md", &text);
}

#[test]
fn the_command_line_is_written_down() {
    let mut text = String::from("# Command line\n\nWhat `stk help` prints, command by command.\n");
    describe(&mut text, &[]);
    hold("docs/reference/cli.md", &text);
}

/// A command's help, and below it that of its subcommands.
fn describe(text: &mut String, path: &[String]) {
    let help = Command::new(env!("CARGO_BIN_EXE_stk"))
        .args(path)
        .arg("--help")
        .env_clear()
        .env("COLUMNS", "100")
        .current_dir(Path::new("/"))
        .output()
        .expect("stk runs");
    let help = String::from_utf8(help.stdout).unwrap();
    let name = ["stk".to_owned()].into_iter().chain(path.iter().cloned()).collect::<Vec<_>>().join(" ");
    let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    text.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.join("\n")));
    let commands = help.iter().skip_while(|line| **line != "Commands:").skip(1);
    let names = commands.take_while(|line| line.starts_with("  ")).filter_map(|line| {
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split(' ').next()?;
        (name != "help").then(|| name.to_owned())
    });
    for name in names.collect::<Vec<_>>() {
        describe(text, &[path, &[name]].concat());
    }
}
