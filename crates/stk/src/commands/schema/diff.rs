//! `stk schema diff`: what makes one schema into another, be they files, databases or releases.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use stk_contract::hub::schema::{SchemaDiff, SchemaDiffRequest, SchemaSource};

use super::plan;
use crate::args::Global;
use crate::failure::{Doing as _, Exit, Failure};
use crate::output::{GREEN, Output, paint};
use crate::profile::Target;

pub async fn run(
    global: &Global,
    (a, b): (&str, &str),
    alias: String,
    output: &Output,
) -> Result<(), Failure> {
    let target = Target::resolve(global)?;
    let request = SchemaDiffRequest { alias, from: source(a)?, to: source(b)? };
    let progress = output.progress("comparing");
    let found: SchemaDiff = target.hub.post(&target.path("/schema/diff"), &request).await?;
    drop(progress);
    output.result(&found, || match found.steps.as_slice() {
        [] => format!("{} {a} and {b} are the same schema", paint(GREEN, "equal")),
        steps => plan::steps(steps),
    });
    Ok(())
}

/// What a word on the command line means. A URL never stands there itself: others on the machine could read it.
fn source(word: &str) -> Result<SchemaSource, Failure> {
    if let Some(number) = word.strip_prefix("release:") {
        let number = number.parse().map_err(|_| usage(format!("`{number}` is no number of a release")))?;
        return Ok(SchemaSource::Release(number));
    }
    if let Some(name) = word.strip_prefix("env:") {
        let url = std::env::var(name)
            .map_err(|_| usage(format!("the environment variable `{name}` is not set")))?;
        return Ok(SchemaSource::Url(url));
    }
    if word == "-" {
        let mut url = String::new();
        std::io::stdin().read_to_string(&mut url).doing(|| "can not read standard input".to_owned())?;
        return Ok(SchemaSource::Url(url.trim().to_owned()));
    }
    if word.contains("://") {
        return Err(usage(
            "a database's URL does not go on the command line, where others can read it".to_owned(),
        )
        .hint("give it on standard input with `-`, or as `env:NAME` in an environment variable"));
    }
    let path = Path::new(word);
    if path.is_dir() {
        return Ok(SchemaSource::Files(files(path)?));
    }
    if path.is_file() {
        return Ok(SchemaSource::Files(BTreeMap::from([(word.to_owned(), text(path)?)])));
    }
    Ok(SchemaSource::Database(word.to_owned()))
}

fn usage(message: String) -> Failure {
    Failure::new(message).exit(Exit::Usage)
}

/// The HCL files of a folder.
fn files(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let doing = || format!("can not read the folder {}", folder.display());
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).doing(doing)? {
        let path = entry.doing(doing)?.path();
        if path.extension().is_some_and(|extension| extension == "hcl") {
            files.insert(path.display().to_string(), text(&path)?);
        }
    }
    Ok(files)
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).doing(|| format!("can not read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_they_mean_and_a_url_is_refused() {
        assert_eq!(source("release:3").unwrap(), SchemaSource::Release(3));
        assert_eq!(source("main").unwrap(), SchemaSource::Database("main".to_owned()));
        assert_eq!(source("release:x").unwrap_err().exit, Exit::Usage);
        let refused = source("postgres://ann:secret@db/app").unwrap_err();
        assert_eq!(refused.exit, Exit::Usage);
        assert!(!refused.message.contains("secret"));
    }
}
