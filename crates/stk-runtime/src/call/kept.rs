//! A request kept while a key set is fetched for it.

use crate::request::Request;

/// A request that outlives the host's buffers.
#[derive(Debug)]
pub(super) struct Kept {
    method: Box<str>,
    path: Box<str>,
    query: Option<Box<str>>,
    content_type: Option<Box<str>>,
    authorization: Option<Box<str>>,
    headers: Vec<(Box<str>, Box<str>)>,
    body: Box<[u8]>,
}

impl Kept {
    pub(super) fn of(request: &Request<'_>) -> Kept {
        let mut headers = Vec::new();
        request.headers.each(&mut |name, value| headers.push((name.into(), value.into())));
        Kept {
            method: request.method.into(),
            path: request.path.into(),
            query: request.query.map(Into::into),
            content_type: request.content_type.map(Into::into),
            authorization: request.authorization.map(Into::into),
            headers,
            body: request.body.into(),
        }
    }

    pub(super) fn borrow<'a>(&'a self, request_id: &'a str, now_ms: u64) -> Request<'a> {
        Request {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            content_type: self.content_type.as_deref(),
            authorization: self.authorization.as_deref(),
            headers: &self.headers,
            body: &self.body,
            request_id,
            now_ms,
        }
    }
}
