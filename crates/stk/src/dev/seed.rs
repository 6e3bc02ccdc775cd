//! `seed.sql` at the project's root: loaded once, into a new database of the alias `main`, after the first deploy.

use super::Dev;
use super::provision::NewDatabase;
use crate::failure::{Doing as _, Failure};
use crate::platform::database::{connect, db_message};

const SEED_ALIAS: &str = "main";

/// Whether it was loaded. All of it or nothing: it runs in one transaction.
pub async fn run(dev: &Dev<'_>, new: &[NewDatabase]) -> Result<bool, Failure> {
    let path = dev.folder.root.join("seed.sql");
    let waiting = dev.platform.data.join("seed-for");
    if let Some(database) = new.iter().find(|database| database.alias == SEED_ALIAS) {
        // Kept until it is done: the first deploy may have failed, or this one may be killed.
        crate::profile::write_private(&waiting, database.owner_url.as_bytes())?;
    }
    let Ok(url) = std::fs::read_to_string(&waiting) else { return Ok(false) };
    let loaded = if path.is_file() {
        let sql = std::fs::read_to_string(&path).doing(|| "can not read seed.sql".to_owned())?;
        let client = connect(&url).await?;
        client.batch_execute(&format!("BEGIN;\n{sql}\n;COMMIT")).await.map_err(|error| failed(&error))?;
        true
    } else {
        false
    };
    std::fs::remove_file(&waiting).doing(|| format!("can not remove {}", waiting.display()))?;
    Ok(loaded)
}

fn failed(error: &tokio_postgres::Error) -> Failure {
    Failure::new(format!("seed.sql was not loaded: {}", db_message(error)))
        .hint("correct it and save any file of the project; it is tried again")
}
