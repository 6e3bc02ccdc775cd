//! The check of whole projects, and what is written from them.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod config;
mod header;
mod js;
mod params;
mod postgres;
mod project;
mod result_types;
mod secrets;
mod sql;
mod written;

use stk_project::{Files, Project, check};

/// A project from pairs of path and text.
fn files(pairs: &[(&str, &str)]) -> Files {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

/// What a small project needs around the file under test.
const AROUND: [(&str, &str); 3] = [
    ("schema/main.hcl", "schema \"public\" {}\n"),
    ("config/databases.yaml", "main: { url: \"${DATABASE_URL}\", migrate: \"${MIGRATE_URL}\" }\n"),
    ("config/auth.yaml", "roles: [admin, { name: staff, description: Works here }]\ndefaultRole: staff\n"),
];

/// A project of the usual files and these, which may replace them.
fn project(pairs: &[(&str, &str)]) -> Files {
    let mut all = files(&AROUND);
    all.extend(files(pairs));
    all
}

/// Diagnostics as text: place, severity, code, message, hint and the line with a mark under the column.
fn report(files: &Files) -> String {
    let mut text = String::new();
    for found in check("shop", files).1 {
        let severity = format!("{:?}", found.severity).to_lowercase();
        text += &format!("{}:{}:{} {severity} {}\n", found.file, found.line, found.column, found.code);
        text += &format!("  {}\n", found.message);
        if let Some(hint) = &found.hint {
            text += &format!("  hint: {hint}\n");
        }
        if let Some(source) = &found.source {
            let mark = " ".repeat(found.column as usize - 1);
            text += &format!("  | {source}\n  | {mark}^\n");
        }
    }
    text
}

/// The diagnostics of one logic file in a project that is good otherwise.
fn report_sql(text: &str) -> String {
    report(&project(&[("logic/get.sql", text)]))
}

/// The project, which must have no diagnostics at all.
fn good(files: &Files) -> Project {
    let (checked, diagnostics) = check("shop", files);
    assert!(diagnostics.is_empty(), "{}", report(files));
    checked
}
