//! Databases and roles that the platform makes on its Postgres.

use stk_contract::Hash;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

use super::data_folder::DataFolder;
use super::secrets::random_hex;
use crate::failure::{Doing as _, Exit, Failure};
use crate::profile::write_private;

/// Bytes of the longest identifier.
const IDENTIFIER_BYTES_MAX: usize = 63;

/// Connects, with a word on what to do where it fails.
pub async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(|error| {
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        Failure::new(format!("can not connect to the database: {cause}"))
            .exit(Exit::Failed)
            .hint("check STK_DATABASE_URL; it names a role that may create databases")
    })?;
    tokio::spawn(connection);
    Ok(client)
}

/// Makes the database where there is none, and gives its URL.
pub async fn ensure(admin_url: &str, name: &str) -> Result<String, Failure> {
    let admin = connect(admin_url).await?;
    create(&admin, name, None).await?;
    with_database(admin_url, name)
}

/// Whether it was made just now.
pub async fn create(admin: &Client, name: &str, owner: Option<&str>) -> Result<bool, Failure> {
    let exists = admin
        .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
        .await
        .doing(|| "can not list the databases".to_owned())?;
    if exists.is_some() {
        return Ok(false);
    }
    let owner = owner.map_or(String::new(), |owner| format!(" OWNER {owner}"));
    match admin.batch_execute(&format!("CREATE DATABASE {name}{owner}")).await {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => Ok(false),
        Err(error) => {
            Err(Failure::new(format!("can not create the database {name}: {}", db_message(&error))))
        }
    }
}

/// What Postgres said, without the driver's own words around it.
pub fn db_message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

/// The same server and role, another database.
pub fn with_database(url: &str, name: &str) -> Result<String, Failure> {
    let mut url = reqwest::Url::parse(url).doing(|| "the database's URL is not a URL".to_owned())?;
    url.set_path(name);
    Ok(url.into())
}

/// The same server and database, another role.
pub fn with_role(url: &str, role: &str, password: &str) -> Result<String, Failure> {
    let mut url = reqwest::Url::parse(url).doing(|| "the database's URL is not a URL".to_owned())?;
    let set = url.set_username(role).and_then(|()| url.set_password(Some(password)));
    set.map_err(|()| Failure::new("the database's URL takes no user name"))?;
    Ok(url.into())
}

/// What tells this data directory's databases from those of others on one Postgres.
pub fn suffix(data: &DataFolder) -> Result<String, Failure> {
    let file = data.join("suffix");
    match std::fs::read_to_string(&file) {
        Ok(suffix) => Ok(suffix.trim().to_owned()),
        Err(_) => {
            let suffix = random_hex(4)?;
            write_private(&file, suffix.as_bytes())?;
            Ok(suffix)
        }
    }
}

/// An identifier made of these parts, without those that are empty; what is too long keeps its end as a hash.
pub fn identifier(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    let joined: String = parts
        .join("_")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    if joined.len() <= IDENTIFIER_BYTES_MAX {
        return joined;
    }
    let hash = Hash::of(joined.as_bytes()).to_string();
    format!("{}_{}", &joined[..IDENTIFIER_BYTES_MAX - 9], &hash[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_sockets_keep_their_host() {
        let url = "postgres://santokit:pw@%2Ftmp%2Fa.b/postgres";
        assert_eq!(with_database(url, "shop").unwrap(), "postgres://santokit:pw@%2Ftmp%2Fa.b/shop");
        assert_eq!(with_role(url, "app", "x").unwrap(), "postgres://app:x@%2Ftmp%2Fa.b/postgres");
    }

    #[test]
    fn identifiers_fit() {
        assert_eq!(identifier(&["my-shop", "dev", "main"]), "my_shop_dev_main");
        let long = identifier(&[&"a".repeat(70), "dev"]);
        assert_eq!(long.len(), IDENTIFIER_BYTES_MAX);
        assert_ne!(long, identifier(&[&"a".repeat(71), "dev"]));
    }
}
