//! `storage.*`: the policy of `config/storage.yaml`, and what came of it as JSON.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use stk_contract::ErrorCode;
use stk_contract::config::Bucket;

use super::input::Input;
use super::{Begun, State};
use crate::calendar::{self, Fraction};
use crate::effect::Effect;
use crate::run::OperationFault;
use crate::scope::Scope;
use crate::storage::{StorageAction, StorageDone, StorageWork, StoredObject};

/// Bytes of the longest key: S3's own bound.
const KEY_BYTES_MAX: usize = 1024;

/// How long an address is good where the bucket has no `ttl`.
const TTL_MS: u64 = 15 * 60 * 1000;

/// Objects of one page, at most and unless said otherwise: S3's own bound.
const PAGE_MAX: u32 = 1000;

/// Milliseconds from 1970 to 2000.
const EPOCH_2000_MS: i64 = 946_684_800_000;

pub(super) fn start(scope: &Scope, verb: &str, mut input: Input<'_>, timeout_ms: u64) -> Begun {
    let name = input.text("bucket")?;
    let bucket =
        scope.deployment.config().storage.as_ref().and_then(|storage| storage.buckets.get(name.as_ref()));
    let Some(bucket) = bucket else {
        return Err(OperationFault::misuse(format!("`storage.yaml` has no bucket `{name}`")));
    };
    let ttl_ms = bucket.ttl_ms.unwrap_or(TTL_MS);
    let action = match verb {
        "createUploadUrl" => upload(bucket, ttl_ms, &mut input)?,
        "createDownloadUrl" => {
            StorageAction::SignDownload { key: key(&mut input)?, public: bucket.public, ttl_ms }
        }
        "delete" => StorageAction::Delete { key: key(&mut input)? },
        "head" => StorageAction::Head { key: key(&mut input)? },
        "list" => StorageAction::List {
            prefix: input.optional_text("prefix")?.unwrap_or_default().into(),
            cursor: input.optional_text("cursor")?.map(Into::into),
            limit: match input.optional_number("limit")? {
                None => PAGE_MAX,
                Some(limit) => u32::try_from(limit)
                    .ok()
                    .filter(|limit| (1..=PAGE_MAX).contains(limit))
                    .ok_or_else(|| input.wrong("limit", "must be from 1 to 1000"))?,
            },
        },
        _ => return Err(super::unknown(&format!("storage.{verb}"))),
    };
    input.done()?;
    let work = Arc::new(StorageWork { bucket: name.as_ref().into(), action });
    Ok((State::Storage, Effect::Storage { work, timeout_ms }))
}

fn upload(bucket: &Bucket, ttl_ms: u64, input: &mut Input<'_>) -> Result<StorageAction, OperationFault> {
    let refused = |detail: String| OperationFault::new(ErrorCode::InvalidValue, detail);
    let (key, content_type, size) = (key(input)?, input.text("contentType")?, input.number("size")?);
    if !bucket.allowed_types.is_empty() && !bucket.allowed_types.iter().any(|one| allows(one, &content_type))
    {
        return Err(refused(format!("the bucket takes {}", bucket.allowed_types.join(", "))));
    }
    if content_type.is_empty() || !content_type.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err(refused("`contentType` is not a media type".to_owned()));
    }
    if let Some(max) = bucket.max_file_bytes.filter(|max| size > *max) {
        return Err(refused(format!("the bucket takes files of up to {max} bytes")));
    }
    Ok(StorageAction::SignUpload { key, content_type: content_type.into(), size, ttl_ms })
}

/// `image/*` allows every image; parameters such as a charset do not count.
fn allows(allowed: &str, content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match allowed.strip_suffix("/*") {
        Some(kind) => essence.split_once('/').is_some_and(|(found, _)| found.eq_ignore_ascii_case(kind)),
        None => essence.eq_ignore_ascii_case(allowed),
    }
}

/// A key that every storage takes, one in a file system too.
fn key(input: &mut Input<'_>) -> Result<Box<str>, OperationFault> {
    let key = input.text("key")?;
    let has_odd_segment = key.split('/').any(|segment| matches!(segment, "" | "." | ".."));
    if key.len() > KEY_BYTES_MAX || has_odd_segment || key.chars().any(char::is_control) {
        let detail = "the key must be a path such as `users/1/photo.png` of at most 1024 bytes";
        return Err(OperationFault::new(ErrorCode::InvalidValue, detail));
    }
    Ok(key.into())
}

/// The answer's JSON.
pub(super) fn written(done: StorageDone) -> Value {
    match done {
        StorageDone::Address { url, method, headers, expires_at_ms } => {
            let headers: Map<String, Value> =
                headers.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
            let expires_at = expires_at_ms.map(timestamp);
            match method {
                "GET" => json!({ "url": url, "expiresAt": expires_at }),
                _ => json!({ "url": url, "method": method, "headers": headers, "expiresAt": expires_at }),
            }
        }
        StorageDone::Deleted => Value::Null,
        StorageDone::Listed { objects, cursor } => {
            let objects: Vec<Value> = objects.into_iter().map(|found| object(found, false)).collect();
            json!({ "objects": objects, "cursor": cursor })
        }
        StorageDone::Head(found) => found.map_or(Value::Null, |found| object(found, true)),
    }
}

fn object(found: StoredObject, with_type: bool) -> Value {
    let StoredObject { key, size, etag, content_type, last_modified_ms } = found;
    let mut object = json!({ "key": key, "size": size, "etag": etag });
    if with_type {
        object["contentType"] = content_type.into();
    }
    object["lastModified"] = last_modified_ms.map(timestamp).into();
    object
}

/// RFC 3339 in UTC.
fn timestamp(unix_ms: u64) -> String {
    let micros = i64::try_from(unix_ms).unwrap_or(i64::MAX / 2000).saturating_sub(EPOCH_2000_MS) * 1000;
    let mut out = Vec::new();
    calendar::write_timestamp(micros, b'T', "Z", Fraction::Grouped, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_allowed_by_kind_or_exactly() {
        assert!(allows("image/*", "image/png") && allows("image/png", "IMAGE/PNG; q=1"));
        assert!(
            !allows("image/*", "imagex/png")
                && !allows("image/png", "image/jpeg")
                && !allows("image/*", "image")
        );
    }

    #[test]
    fn times_are_written_as_rfc_3339() {
        assert_eq!(timestamp(946_684_800_000), "2000-01-01T00:00:00Z");
        assert_eq!(timestamp(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
    }
}
