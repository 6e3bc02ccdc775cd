//! Which storage a deployment has: that of its `storage.yaml`, or the embedded one.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusty_s3::{Bucket, Credentials, UrlStyle};
use stk_contract::config::{self, MissingSecret, Template};

use super::Storage;
use super::embedded::{EmbeddedStorage, bucket_name};
use super::s3::{Buckets, S3};
use crate::config::DeploymentId;
use crate::packages::Package;

/// To connect; how long an answer may take is the call's business.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// AWS has no region of this name; R2 has no other.
const REGION_AUTO: &str = "auto";
const AWS_REGION: &str = "us-east-1";

/// What all deployments of a Server share.
pub(crate) struct StorageHosts {
    /// Made for the first deployment that has buckets.
    client: OnceLock<Result<reqwest::Client, String>>,
    embedded: Option<EmbeddedStorage>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    #[error(transparent)]
    Secret(#[from] MissingSecret),
    #[error("`endpoint` is not an address of http or https: {0}")]
    Endpoint(String),
    #[error("`endpoint` needs both `accessKeyId` and `secretAccessKey`")]
    Keys,
    #[error("bucket `{bucket}` can not be used: {reason}")]
    Bucket { bucket: String, reason: String },
    #[error("no HTTP client: {0}")]
    Client(String),
}

impl StorageHosts {
    pub(crate) fn new(embedded: Option<EmbeddedStorage>) -> StorageHosts {
        StorageHosts { client: OnceLock::new(), embedded }
    }

    /// The storage of a package, if it has any. One that can not be used must not keep the rest of the release from
    /// serving: its operations fail.
    pub(crate) fn of(&self, deployment: &DeploymentId, package: &Package) -> Option<Arc<dyn Storage>> {
        let config = package.release.config.storage.as_ref()?;
        self.open(deployment, config, &package.secrets)
            .inspect_err(|error| tracing::error!(%deployment, %error, "the object storage can not be used"))
            .ok()
    }

    /// The storage of a deployment, with its secrets by name.
    pub(crate) fn open(
        &self,
        deployment: &DeploymentId,
        config: &config::Storage,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Arc<dyn Storage>, StorageError> {
        let buckets = match (&config.endpoint, &self.embedded) {
            (None, Some(embedded)) => embedded_buckets(embedded, deployment, config)?,
            _ => remote_buckets(config, secrets)?,
        };
        let client = self.client.get_or_init(client).as_ref();
        let client = client.map_err(|reason| StorageError::Client(reason.clone()))?;
        Ok(Arc::new(S3::new(buckets, client.clone())))
    }
}

fn client() -> Result<reqwest::Client, String> {
    // Another part of the process may have installed one already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        // A redirect would send a signature to somebody else.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| error.to_string())
}

fn embedded_buckets(
    embedded: &EmbeddedStorage,
    deployment: &DeploymentId,
    config: &config::Storage,
) -> Result<Buckets, StorageError> {
    let endpoint = endpoint(&embedded.endpoint)?;
    let credentials = Credentials::new(embedded.access_key_id.clone(), embedded.secret_access_key.clone());
    let mut buckets = Buckets::new(credentials);
    for (bucket, settings) in &config.buckets {
        let fault = |reason: String| StorageError::Bucket { bucket: bucket.clone(), reason };
        let name = bucket_name(deployment, bucket);
        embedded.buckets.open(&name, settings.public).map_err(|error| fault(error.to_string()))?;
        let opened = Bucket::new(endpoint.clone(), UrlStyle::Path, name, AWS_REGION);
        buckets.insert(bucket, opened.map_err(|error| fault(error.to_string()))?);
    }
    Ok(buckets)
}

fn remote_buckets(
    config: &config::Storage,
    secrets: &BTreeMap<String, String>,
) -> Result<Buckets, StorageError> {
    let resolve = |template: &Option<Template>| {
        template.as_ref().map(|text| text.resolve(|name| secrets.get(name).map(String::as_str))).transpose()
    };
    let given = resolve(&config.endpoint)?;
    let is_aws = given.is_none() || given.as_deref().is_some_and(is_aws);
    let region = match config.region.as_str() {
        REGION_AUTO if is_aws => AWS_REGION,
        region => region,
    };
    let endpoint = endpoint(&given.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com")))?;
    let (Some(id), Some(key)) = (resolve(&config.access_key_id)?, resolve(&config.secret_access_key)?) else {
        return Err(StorageError::Keys);
    };
    let mut buckets = Buckets::new(Credentials::new(id, key));
    for bucket in config.buckets.keys() {
        // A dot in the name would not fit AWS' certificate; others are reached by path, which all of them know.
        let style = if is_aws && !bucket.contains('.') { UrlStyle::VirtualHost } else { UrlStyle::Path };
        let opened = Bucket::new(endpoint.clone(), style, bucket.clone(), region.to_owned());
        let fault = |error: rusty_s3::BucketError| StorageError::Bucket {
            bucket: bucket.clone(),
            reason: error.to_string(),
        };
        buckets.insert(bucket, opened.map_err(fault)?);
    }
    Ok(buckets)
}

fn is_aws(endpoint: &str) -> bool {
    let host = reqwest::Url::parse(endpoint).ok();
    host.as_ref().and_then(|url| url.host_str()).is_some_and(|host| host.ends_with(".amazonaws.com"))
}

fn endpoint(text: &str) -> Result<reqwest::Url, StorageError> {
    let url = reqwest::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| StorageError::Endpoint(text.to_owned()))
}
