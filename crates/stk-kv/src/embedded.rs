//! The embedded backend: one crash-safe file, for a Hub and a Server in one process.

use std::path::Path;
use std::sync::Arc;

use redb::{Database, DatabaseError, ReadableDatabase as _, TableDefinition, TableError};
use tokio::sync::broadcast;

use crate::{Changes, Kv, KvError, KvFuture, VALUE_BYTES_MAX};

const TABLE: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("kv");

/// Keys a reader may fall behind before it is told to read afresh.
const FEED_LENGTH: usize = 1024;

pub struct EmbeddedKv {
    database: Arc<Database>,
    feed: broadcast::Sender<String>,
}

impl EmbeddedKv {
    /// Opens the file, making it where there is none.
    pub fn open(path: &Path) -> Result<EmbeddedKv, KvError> {
        let database = Database::create(path).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => KvError::InUse { path: path.display().to_string() },
            other => KvError::Unavailable(format!("{}: {other}", path.display())),
        })?;
        Ok(EmbeddedKv { database: Arc::new(database), feed: broadcast::channel(FEED_LENGTH).0 })
    }
}

impl std::fmt::Debug for EmbeddedKv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedKv")
    }
}

impl Kv for EmbeddedKv {
    fn get(&self, key: &str) -> KvFuture<'_, Option<Vec<u8>>> {
        let (database, key) = (self.database.clone(), key.to_owned());
        Box::pin(blocking(move || read(&database, &key)))
    }

    fn put(&self, key: &str, value: Vec<u8>) -> KvFuture<'_, ()> {
        let (database, key) = (self.database.clone(), key.to_owned());
        Box::pin(async move {
            if value.len() > VALUE_BYTES_MAX {
                return Err(KvError::TooLarge { key, bytes: value.len() });
            }
            let written = key.clone();
            blocking(move || write(&database, &written, &value)).await?;
            // Nobody may be watching; that is no failure of the write.
            let _ = self.feed.send(key);
            Ok(())
        })
    }

    fn changes(&self, prefix: &str) -> Changes {
        Changes { prefix: prefix.to_owned(), feed: self.feed.subscribe() }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, redb::Error> + Send + 'static,
) -> Result<T, KvError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| KvError::Unavailable(error.to_string())),
        Err(error) => Err(KvError::Unavailable(error.to_string())),
    }
}

fn read(database: &Database, key: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    match database.begin_read()?.open_table(TABLE) {
        Ok(table) => Ok(table.get(key)?.map(|value| value.value().to_vec())),
        // Nothing was ever written.
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn write(database: &Database, key: &str, value: &[u8]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(TABLE)?.insert(key, value)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Change;

    #[tokio::test]
    async fn values_last_and_changes_are_told_by_prefix() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kv");
        let kv = EmbeddedKv::open(&path).unwrap();
        assert_eq!(kv.get("live/shop/prod").await.unwrap(), None);

        let mut changes = kv.changes("live/");
        kv.put("blob/1", vec![1]).await.unwrap();
        kv.put("live/shop/prod", vec![2]).await.unwrap();
        assert_eq!(changes.next().await, Some(Change::Key("live/shop/prod".to_owned())));

        drop((kv, changes));
        let kv = EmbeddedKv::open(&path).unwrap();
        assert_eq!(kv.get("live/shop/prod").await.unwrap(), Some(vec![2]));
    }

    #[tokio::test]
    async fn a_reader_that_falls_behind_is_told_to_read_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let kv = EmbeddedKv::open(&folder.path().join("kv")).unwrap();
        let mut changes = kv.changes("live/");
        for number in 0..=FEED_LENGTH {
            kv.feed.send(format!("live/{number}")).unwrap();
        }
        assert_eq!(changes.next().await, Some(Change::Missed));
        assert_eq!(changes.next().await, Some(Change::Key("live/1".to_owned())));
    }

    #[tokio::test]
    async fn a_second_process_and_a_value_too_large_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kv");
        let kv = EmbeddedKv::open(&path).unwrap();
        assert!(matches!(EmbeddedKv::open(&path), Err(KvError::InUse { .. })));
        let put = kv.put("blob/1", vec![0; VALUE_BYTES_MAX + 1]).await;
        assert!(matches!(put, Err(KvError::TooLarge { .. })));
        assert_eq!(kv.get("blob/1").await.unwrap(), None);
    }
}
