//! Cache keys: two calls have the same key only if they must have the same answer.

use sha2::{Digest as _, Sha256};
use stk_contract::{Code, LogicPath, LogicProof, LogicSpec};

use crate::effect::CacheKey;
use crate::logic::digest;
use crate::params::value::Value;
use crate::tokens::Identity;

/// Bytes of a key past which the rest is hashed.
const KEY_BYTES_MAX: usize = 256;

/// What every key of a logic starts with: a hash over project, environment, database, path, header, code and proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix([u8; 32]);

impl Prefix {
    pub(crate) fn new(
        scope: &str,
        path: &LogicPath,
        spec: &LogicSpec,
        code: &Code,
        proof: &LogicProof,
    ) -> Prefix {
        Prefix(digest(&(scope, path, spec, code, proof)))
    }

    /// The key of a call. `identity`: that of the caller where answers vary by it; `Some(None)` is anonymous.
    pub(crate) fn key(&self, values: &[Value<'_>], identity: Option<Option<&Identity>>) -> CacheKey {
        self.finish(identity, |key| values.iter().for_each(|value| write_value(value, key)))
    }

    /// The key of a call whose logic tells an absent param from a null: over the object that it is given.
    pub(crate) fn key_of_object(&self, object: &[u8], identity: Option<Option<&Identity>>) -> CacheKey {
        self.finish(identity, |key| write_bytes(object, key))
    }

    fn finish(&self, identity: Option<Option<&Identity>>, write: impl FnOnce(&mut Vec<u8>)) -> CacheKey {
        let mut key = Vec::with_capacity(128);
        key.extend_from_slice(&self.0);
        match identity {
            None => key.push(0),
            Some(None) => key.push(1),
            Some(Some(identity)) => {
                key.push(2);
                write_identity(identity, &mut key);
            }
        }
        write(&mut key);
        if key.len() > KEY_BYTES_MAX {
            let rest = Sha256::digest(&key[32..]);
            key.truncate(32);
            key.extend_from_slice(&rest);
        }
        CacheKey(key.into())
    }
}

fn write_identity(identity: &Identity, key: &mut Vec<u8>) {
    write_bytes(identity.issuer.as_bytes(), key);
    write_bytes(identity.id.as_bytes(), key);
    // Answers may show it, and a token with another one is another caller.
    write_bytes(identity.email.as_deref().unwrap_or_default().as_bytes(), key);
    key.extend_from_slice(&(identity.roles.len() as u32).to_le_bytes());
    identity.roles.iter().for_each(|role| write_bytes(role.as_bytes(), key));
}

/// Every value starts with a tag of its own, and what has no fixed length says its length.
fn write_value(value: &Value<'_>, key: &mut Vec<u8>) {
    match value {
        Value::Null => key.push(0),
        Value::Bool(value) => key.extend_from_slice(&[1, u8::from(*value)]),
        Value::Int(value) => write_tagged(2, &value.to_le_bytes(), key),
        Value::Float(value) => write_tagged(3, &value.to_bits().to_le_bytes(), key),
        Value::Decimal(text) => write_tagged_text(4, text, key),
        Value::Text(text) => write_tagged_text(5, text, key),
        Value::Uuid(uuid) => write_tagged(6, uuid, key),
        Value::Date(days) => write_tagged(7, &days.to_le_bytes(), key),
        Value::Timestamp(micros) => write_tagged(8, &micros.to_le_bytes(), key),
        Value::Json(text) => write_tagged_text(9, text, key),
        Value::Bytes(bytes) => {
            key.push(10);
            write_bytes(bytes, key);
        }
        // The text as sent: bound as `json`, it is the answer's business how it is spaced.
        Value::Array { json, .. } => write_tagged_text(11, json, key),
    }
}

fn write_tagged(tag: u8, fixed: &[u8], key: &mut Vec<u8>) {
    key.push(tag);
    key.extend_from_slice(fixed);
}

fn write_tagged_text(tag: u8, text: &str, key: &mut Vec<u8>) {
    key.push(tag);
    write_bytes(text.as_bytes(), key);
}

fn write_bytes(bytes: &[u8], key: &mut Vec<u8>) {
    key.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    key.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(id: &str, roles: &[&str]) -> Identity {
        Identity {
            issuer: "santokit".into(),
            id: id.into(),
            email: None,
            roles: roles.iter().map(|role| Box::from(*role)).collect(),
        }
    }

    #[test]
    fn different_calls_have_different_keys() {
        let prefix = Prefix([7; 32]);
        let text = |text: &'static str| Value::Text(text.into());
        let (a, b) = (identity("a", &["x", "y"]), identity("a", &["xy"]));
        let keys = [
            prefix.key(&[text("ab"), text("c")], None),
            prefix.key(&[text("a"), text("bc")], None),
            prefix.key(&[text("ab"), text("c")], Some(None)),
            prefix.key(&[text("ab"), text("c")], Some(Some(&a))),
            prefix.key(&[text("ab"), text("c")], Some(Some(&b))),
            prefix.key(&[Value::Null, text("c")], None),
            prefix.key(&[text(""), text("c")], None),
            prefix.key(&[Value::Int(1), Value::Null], None),
            prefix.key(&[Value::Float(1.0), Value::Null], None),
            Prefix([8; 32]).key(&[text("ab"), text("c")], None),
            prefix.key(&[Value::Text("x".repeat(1000).into())], None),
            prefix.key(&[Value::Text("x".repeat(1001).into())], None),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(key.as_bytes().len() <= KEY_BYTES_MAX);
            assert!(keys[at + 1..].iter().all(|other| other != key), "key {at} is not alone");
        }
        assert_eq!(prefix.key(&[text("ab")], None), prefix.key(&[text("ab")], None));
    }
}
