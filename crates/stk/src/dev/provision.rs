//! Databases and secrets that `stk dev` makes by itself, so that a project runs as it stands.
//!
//! Only what a placeholder names and nobody has set: `url` and `migrate` of each alias get a database made here;
//! any other secret is taken from the environment variable of its name, never a database's address, which may be
//! that of production; and `jwt.secret` is made up. What is left is the developer's to set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stk_contract::Hash;
use stk_contract::config::{Database, Template};
use stk_contract::hub::{SecretInfo, SecretValue};
use stk_project::Project;
use tokio_postgres::Client;

use super::Dev;
use crate::failure::{Doing as _, Failure};
use crate::platform::database::{connect, create, db_message, identifier, with_database, with_role};
use crate::profile::write_private;

/// What was made before, in the data directory.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Made {
    /// Hash of the Postgres' address by name of secret: the secret is set again where Postgres moved.
    secrets: BTreeMap<String, String>,
}

/// A database made just now.
#[derive(Debug, Clone)]
pub struct NewDatabase {
    pub alias: String,
    /// URL of its owner.
    pub owner_url: String,
}

/// Makes what is missing. Gives the databases that are new.
pub async fn ensure(dev: &Dev<'_>, project: &Project) -> Result<Vec<NewDatabase>, Failure> {
    let secrets: Vec<SecretInfo> = dev.hub.get(&dev.path("/secrets")).await?;
    let mut made = load(dev);
    let mut new = Vec::new();
    for (alias, database) in &project.config.databases {
        if let Some(url) = whole_placeholder(&database.url)
            && is_ours(dev, &made, &secrets, url)
        {
            new.extend(make_database(dev, alias, database, url, &mut made).await?);
        }
    }
    let jwt_secret = project.config.auth.jwt.as_ref().and_then(|jwt| whole_placeholder(jwt.secret.as_ref()?));
    for name in unset(project, &secrets) {
        match std::env::var(name).ok().filter(|value| !value.is_empty()) {
            Some(value) => set(dev, name, value).await?,
            None if jwt_secret == Some(name) => set(dev, name, dev.random_secret()?).await?,
            // The check says where it is needed.
            None => {}
        }
    }
    Ok(new)
}

/// Secrets that the project needs and nobody has set, those of databases apart.
fn unset<'a>(project: &'a Project, secrets: &[SecretInfo]) -> Vec<&'a str> {
    let databases = project.config.databases.values();
    let of_databases: Vec<&str> = databases
        .flat_map(|database| [Some(&database.url), database.migrate.as_ref()])
        .flatten()
        .flat_map(Template::names)
        .collect();
    let needed = project.secrets.iter().map(String::as_str);
    needed.filter(|name| !is_set(secrets, name) && !of_databases.contains(name)).collect()
}

/// The name, where the text is one placeholder and nothing else.
fn whole_placeholder(template: &Template) -> Option<&str> {
    let name = template.0.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains('}')).then_some(name)
}

fn is_set(secrets: &[SecretInfo], name: &str) -> bool {
    secrets.iter().any(|secret| secret.name == name)
}

/// Not set by anybody; or set by us, and Postgres moved since.
fn is_ours(dev: &Dev<'_>, made: &Made, secrets: &[SecretInfo], name: &str) -> bool {
    match made.secrets.get(name) {
        Some(address) => *address != address_of(dev) || !is_set(secrets, name),
        None => !is_set(secrets, name),
    }
}

fn address_of(dev: &Dev<'_>) -> String {
    Hash::of(dev.platform.admin_url.as_bytes()).to_string()
}

async fn make_database(
    dev: &Dev<'_>,
    alias: &str,
    database: &Database,
    url: &str,
    made: &mut Made,
) -> Result<Option<NewDatabase>, Failure> {
    let admin = connect(&dev.platform.admin_url).await?;
    let name = identifier(&[&dev.folder.config.project_id, &dev.env, alias, &dev.platform.suffix]);
    let database_url = with_database(&dev.platform.admin_url, &name)?;
    let owner = identifier(&[&name, "owner"]);
    let owner_password = dev.random_secret()?;
    ensure_role(&admin, &owner, &owner_password).await?;
    let is_new = create(&admin, &name, Some(&owner)).await?;
    let owner_url = with_role(&database_url, &owner, &owner_password)?;
    let server_url = match database.migrate.as_ref().map(whole_placeholder) {
        // One role for both, as the config says.
        None => owner_url.clone(),
        Some(migrate) => {
            let app = identifier(&[&name, "app"]);
            let password = dev.random_secret()?;
            ensure_role(&admin, &app, &password).await?;
            grant_data(&owner_url, &app).await?;
            if let Some(migrate) = migrate {
                set(dev, migrate, owner_url.clone()).await?;
            }
            with_role(&database_url, &app, &password)?
        }
    };
    set(dev, url, server_url).await?;
    made.secrets.insert(url.to_owned(), address_of(dev));
    save(dev, made)?;
    Ok(is_new.then(|| NewDatabase { alias: alias.to_owned(), owner_url }))
}

/// The Server's role reads and writes data, now and in tables to come; it changes no schema.
async fn grant_data(owner_url: &str, app: &str) -> Result<(), Failure> {
    let sql = format!(
        "GRANT USAGE ON SCHEMA public TO {app};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app};
         GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {app};
         ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {app};
         ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
         ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {app}"
    );
    let owner = connect(owner_url).await?;
    owner
        .batch_execute(&sql)
        .await
        .map_err(|error| Failure::new(format!("can not grant: {}", db_message(&error))))
}

/// The password is hex digits of our own making, so that it stands in SQL as it is.
async fn ensure_role(admin: &Client, role: &str, password: &str) -> Result<(), Failure> {
    let exists = admin
        .query_opt("SELECT 1 FROM pg_roles WHERE rolname = $1", &[&role])
        .await
        .doing(|| "can not list the roles".to_owned())?
        .is_some();
    let verb = if exists { "ALTER" } else { "CREATE" };
    let sql = format!("{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'");
    let failed = |error: tokio_postgres::Error| {
        Failure::new(format!("can not make the role {role}: {}", db_message(&error)))
    };
    admin.batch_execute(&sql).await.map_err(failed)?;
    // An administrator that is no superuser must belong to the role to make a database for it.
    let grant = format!("GRANT {role} TO CURRENT_USER");
    if !is_superuser(admin).await? {
        admin.batch_execute(&grant).await.map_err(failed)?;
    }
    Ok(())
}

async fn is_superuser(admin: &Client) -> Result<bool, Failure> {
    let row = admin.query_one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", &[]).await;
    Ok(row.doing(|| "can not read the role".to_owned())?.get(0))
}

async fn set(dev: &Dev<'_>, name: &str, value: String) -> Result<(), Failure> {
    let path = dev.path(&format!("/secrets/{name}"));
    let _: SecretInfo = dev.hub.put(&path, &SecretValue { value }).await?;
    Ok(())
}

/// A damaged or absent list means that nothing was made, and what is there is made again.
fn load(dev: &Dev<'_>) -> Made {
    let bytes = std::fs::read(dev.platform.data.join("made.json")).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn save(dev: &Dev<'_>, made: &Made) -> Result<(), Failure> {
    let text = serde_json::to_vec(made).doing(|| "can not write what was made".to_owned())?;
    write_private(&dev.platform.data.join("made.json"), &text)
}
