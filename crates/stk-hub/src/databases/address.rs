//! What the driver knows of a database as a URL again, for a program that takes nothing else.

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use zeroize::Zeroizing;

/// A URL of what the driver knows: of the first host, with every part percent-encoded.
pub fn url_of(config: &Config, database: Option<&str>) -> Zeroizing<String> {
    let encode = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    let user = encode(config.get_user().unwrap_or("postgres"));
    let password = config.get_password().map(|bytes| encode(&String::from_utf8_lossy(bytes)));
    let password = password.map(|password| format!(":{password}")).unwrap_or_default();
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let name = encode(database.or(config.get_dbname()).unwrap_or("postgres"));
    let mode = if config.get_ssl_mode() == SslMode::Disable { "disable" } else { "prefer" };
    let text = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => format!("postgres://{user}{password}@{host}:{port}/{name}?sslmode={mode}"),
        Some(Host::Unix(folder)) => {
            let folder = encode(&folder.to_string_lossy());
            format!("postgres://{user}{password}@/{name}?host={folder}&port={port}&sslmode=disable")
        }
        None => format!("postgres://{user}{password}@localhost:{port}/{name}?sslmode={mode}"),
    };
    Zeroizing::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_survives_with_odd_characters_and_another_database() {
        let config: Config = "postgres://an%20n:p%40ss%2F@db.example:6543/app".parse().unwrap();
        assert_eq!(
            url_of(&config, None).as_str(),
            "postgres://an%20n:p%40ss%2F@db.example:6543/app?sslmode=prefer"
        );
        let other: Config = url_of(&config, Some("o/ther")).parse().unwrap();
        assert_eq!((other.get_dbname(), other.get_password()), (Some("o/ther"), Some("p@ss/".as_bytes())));
    }
}
