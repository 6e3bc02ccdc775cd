//! Object storage as a host performs it: the policy was checked, what is left is signing and talking S3.

use stk_contract::{ErrorCode, Problem};

use crate::run::OperationFault;

/// One request to a bucket of `config/storage.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageWork {
    pub bucket: Box<str>,
    pub action: StorageAction,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageAction {
    /// An address for one upload: method, key, type and size are fixed. → [`StorageDone::Address`]
    SignUpload { key: Box<str>, content_type: Box<str>, size: u64, ttl_ms: u64 },
    /// An address to read from; of a public bucket one without an end. → [`StorageDone::Address`]
    SignDownload { key: Box<str>, public: bool, ttl_ms: u64 },
    /// → [`StorageDone::Deleted`], also where there was nothing
    Delete { key: Box<str> },
    /// → [`StorageDone::Listed`]
    List { prefix: Box<str>, cursor: Option<Box<str>>, limit: u32 },
    /// → [`StorageDone::Head`]
    Head { key: Box<str> },
}

impl StorageWork {
    pub(crate) fn may_write(&self) -> bool {
        matches!(self.action, StorageAction::Delete { .. })
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageDone {
    Address {
        url: String,
        method: &'static str,
        /// To be sent along, exactly.
        headers: Vec<(String, String)>,
        /// Absent: the address is good for ever.
        expires_at_ms: Option<u64>,
    },
    Deleted,
    Listed {
        objects: Vec<StoredObject>,
        /// Where the next page begins.
        cursor: Option<String>,
    },
    /// None where there is no such object.
    Head(Option<StoredObject>),
}

/// An object as storage describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredObject {
    pub key: String,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// Known from a head only.
    pub content_type: Option<String>,
    pub last_modified_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageFault {
    #[error("the object storage is not available: {0}")]
    Unavailable(String),
    /// It refused the request: wrong keys, no such bucket, …
    #[error("the object storage refused: {0}")]
    Refused(String),
    #[error("the object storage did not answer in time")]
    Timeout,
}

impl StorageFault {
    pub(crate) fn operation_fault(&self) -> OperationFault {
        let code = match self {
            StorageFault::Unavailable(_) => ErrorCode::Unavailable,
            StorageFault::Refused(_) => ErrorCode::LogicFailed,
            StorageFault::Timeout => ErrorCode::Timeout,
        };
        OperationFault { problem: Box::new(Problem::new(code)), cause: Some(self.to_string().into()) }
    }
}
