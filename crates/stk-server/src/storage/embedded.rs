//! Storage that comes with the Server, for projects that name no endpoint.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::config::DeploymentId;

/// An S3 service of our own, run by the same process.
#[derive(Clone)]
pub struct EmbeddedStorage {
    /// Where callers and this Server reach it, such as `http://127.0.0.1:9000`.
    pub endpoint: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    pub buckets: Arc<dyn EmbeddedBuckets>,
}

/// The buckets of an embedded storage.
pub trait EmbeddedBuckets: Send + Sync + 'static {
    /// Makes a bucket if it is not there, and says whether anybody may read from it from now on.
    fn open(&self, name: &str, public: bool) -> std::io::Result<()>;
}

/// Without the key.
impl fmt::Debug for EmbeddedStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedStorage").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Bytes of the longest name of a bucket, by S3's rules.
const NAME_BYTES_MAX: usize = 63;

/// Hexadecimal digits that keep equal names of different deployments apart.
const TAG_DIGITS: usize = 16;

/// The bucket that stands for one of a deployment: its name, and what no other deployment has.
pub(super) fn bucket_name(deployment: &DeploymentId, bucket: &str) -> String {
    let whole = format!("{deployment}/{bucket}");
    let tag = hex::encode(Sha256::digest(whole.as_bytes()));
    // Names of buckets are ASCII.
    let shown = &bucket[..bucket.len().min(NAME_BYTES_MAX - TAG_DIGITS - 1)];
    format!("{shown}-{}", &tag[..TAG_DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_buckets_of_two_deployments_are_apart() {
        let shop = bucket_name(&DeploymentId::new("shop", "prod"), "avatars");
        assert!(shop.starts_with("avatars-") && shop.len() == 24, "{shop}");
        assert_ne!(shop, bucket_name(&DeploymentId::new("shop", "dev"), "avatars"));
        assert_ne!(shop, bucket_name(&DeploymentId::new("blog", "prod"), "avatars"));
        assert_eq!(shop, bucket_name(&DeploymentId::new("shop", "prod"), "avatars"));
    }

    #[test]
    fn long_names_stay_within_the_rules_and_apart() {
        let deployment = DeploymentId::new("shop", "prod");
        let (one, other) = (format!("{}1", "a".repeat(62)), format!("{}2", "a".repeat(62)));
        assert_eq!(bucket_name(&deployment, &one).len(), NAME_BYTES_MAX);
        assert_ne!(bucket_name(&deployment, &one), bucket_name(&deployment, &other));
    }
}
