//! One logic, compiled: what a call of it needs, looked up once at load.

mod program;
mod single_row;
mod statements;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use stk_contract::manifest::CacheSpec;
use stk_contract::{Access, Code, LogicPath, LogicProof, LogicSpec, Returns, Vary};

use crate::cache_key::Prefix;
use crate::params::Params;
pub(crate) use program::Program;
pub(crate) use statements::Statements;

#[derive(Debug)]
pub(crate) struct Logic {
    pub(crate) path: Arc<str>,
    /// Only `invoke` reaches it.
    pub(crate) is_private: bool,
    pub(crate) access: Access,
    pub(crate) params: Params,
    pub(crate) returns: Returns,
    pub(crate) cache: Option<Caching>,
    /// Tags purged when it succeeds.
    pub(crate) invalidates: Arc<[Box<str>]>,
    pub(crate) timeout_ms: u64,
    pub(crate) body: Body,
}

/// What runs.
#[derive(Debug)]
pub(crate) enum Body {
    Sql(Statements),
    /// In an engine of the host's.
    Program(Program),
}

/// How answers of a logic are kept.
#[derive(Debug)]
pub(crate) struct Caching {
    pub(crate) prefix: Prefix,
    pub(crate) ttl_ms: u64,
    pub(crate) swr_ms: u64,
    pub(crate) vary: Vary,
    pub(crate) tags: Arc<[Box<str>]>,
    /// Whether browsers and CDNs may keep them too.
    pub(crate) is_get: bool,
}

/// Why values can not be bound.
#[derive(Debug)]
pub(crate) enum BindFault {
    /// Named in the errors.
    Params,
    /// The subject of the token does not fit the inferred type.
    Subject,
}

/// What the deployment gives every logic.
pub(crate) struct Surroundings<'a> {
    /// Project, environment and database: what makes equal code answer differently.
    pub(crate) scope: &'a str,
    /// Absent: the target is no database of the project, which only SQL needs.
    pub(crate) alias: Option<Arc<str>>,
    pub(crate) timeout_ms: u64,
    pub(crate) rows_max: u64,
    pub(crate) bytes_max: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) secret: &'a dyn Fn(&str) -> Option<String>,
}

impl Logic {
    /// Fails with a reason where release and attestation do not belong together.
    pub(crate) fn compile(
        path: &LogicPath,
        spec: &LogicSpec,
        code: &Code,
        proof: &LogicProof,
        around: &Surroundings<'_>,
        next_statement: &mut u32,
    ) -> Result<Logic, String> {
        let params = Params::compile(spec)?;
        let body = match code {
            Code::Sql(sql) => {
                Body::Sql(Statements::compile(sql, spec, proof, &params, around, next_statement)?)
            }
            Code::Js(_) | Code::Wasm(_) => {
                Body::Program(Program::compile(code, spec, proof, around, next_statement)?)
            }
        };
        let prefix = || Prefix::new(around.scope, path, spec, code, proof);
        Ok(Logic {
            path: path.as_str().into(),
            is_private: path.is_private(),
            access: spec.access.clone(),
            params,
            returns: spec.returns,
            cache: spec.cache.as_ref().map(|cache| Caching::compile(cache, spec.is_get(), prefix())),
            invalidates: spec.invalidates.iter().map(|tag| Box::from(tag.as_str())).collect(),
            timeout_ms: spec.timeout_ms.unwrap_or(around.timeout_ms),
            body,
        })
    }

    /// Whether its answers are for everybody, so that it must not see who calls.
    pub(crate) fn is_shared(&self) -> bool {
        self.cache.as_ref().is_some_and(|caching| caching.vary == Vary::Shared)
    }
}

impl Caching {
    fn compile(cache: &CacheSpec, is_get: bool, prefix: Prefix) -> Caching {
        Caching {
            prefix,
            ttl_ms: cache.ttl_ms,
            swr_ms: cache.swr_ms,
            vary: cache.vary,
            tags: cache.tags.iter().map(|tag| Box::from(tag.as_str())).collect(),
            is_get,
        }
    }
}

/// SHA-256 of something that has a JSON form, such as a part of a release.
pub(crate) fn digest(value: &impl serde::Serialize) -> [u8; 32] {
    let json = serde_json::to_vec(value).expect("contract types have string keys and no failing serialiser");
    Sha256::digest(json).into()
}
