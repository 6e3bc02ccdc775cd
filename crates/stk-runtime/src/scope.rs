//! What a run acts in: its logic, its caller, its budget, and the runs that it is part of.

use std::sync::Arc;

use bytes::Bytes;

use crate::deployment::Deployment;
use crate::json;
use crate::logic::{Body, Logic, Program};
use crate::tokens::Identity;

/// How deep `invoke` may go, the called logic included.
pub(crate) const DEPTH_MAX: usize = 8;

/// The surroundings of one run, kept while it runs.
#[derive(Debug)]
pub struct Scope {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) logic: Arc<Logic>,
    /// Absent also where answers are shared: such a logic sees no caller and invokes as nobody.
    pub(crate) identity: Option<Arc<Identity>>,
    /// The caller's headers as a JSON object; empty where answers are shared.
    pub(crate) headers: Bytes,
    /// `context.request` as JSON.
    pub(crate) request: Bytes,
    pub(crate) request_id: Arc<str>,
    /// When the run's time is over, in milliseconds since the Unix epoch.
    pub(crate) deadline_ms: u64,
    /// Paths of the logic under way, the called one first and this one last.
    pub(crate) chain: Box<[Arc<str>]>,
}

impl Scope {
    /// The logic's path.
    pub fn logic(&self) -> &str {
        &self.logic.path
    }

    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// How many runs it is inside of; 0: the caller called it.
    pub fn depth(&self) -> usize {
        self.chain.len().saturating_sub(1)
    }

    pub(crate) fn remaining_ms(&self, now_ms: u64) -> u64 {
        self.deadline_ms.saturating_sub(now_ms)
    }

    pub(crate) fn program(&self) -> &Program {
        match &self.logic.body {
            Body::Program(program) => program,
            Body::Sql(_) => unreachable!("a scope is made for logic that runs in an engine"),
        }
    }

    /// The chain with one more logic, for messages: `a → b → a`.
    pub(crate) fn chain_to(&self, path: &str) -> String {
        let mut text = String::new();
        for link in &self.chain {
            text.push_str(link);
            text.push_str(" → ");
        }
        text + path
    }
}

/// `context.request`.
pub(crate) fn request_json(id: &str, path: &str, headers: &[u8], identity: Option<&Identity>) -> Bytes {
    let mut out = Vec::with_capacity(128 + headers.len());
    let text = |key: &[u8], value: &str, out: &mut Vec<u8>| {
        out.extend_from_slice(key);
        json::write_string(value, out);
    };
    text(b"{\"id\":", id, &mut out);
    text(b",\"path\":", path, &mut out);
    out.extend_from_slice(b",\"headers\":");
    out.extend_from_slice(headers);
    out.extend_from_slice(b",\"user\":");
    match identity {
        None => out.extend_from_slice(b"null"),
        Some(identity) => {
            text(b"{\"id\":", &identity.id, &mut out);
            match &identity.email {
                Some(email) => text(b",\"email\":", email, &mut out),
                None => out.extend_from_slice(b",\"email\":null"),
            }
            out.extend_from_slice(b",\"roles\":[");
            for (index, role) in identity.roles.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                json::write_string(role, &mut out);
            }
            out.extend_from_slice(b"]}");
        }
    }
    out.push(b'}');
    out.into()
}
