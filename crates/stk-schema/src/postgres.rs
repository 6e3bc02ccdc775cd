//! Errors of Postgres in words.

/// What was asked of Postgres and how it answered.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {}", describe(.source))]
pub struct DatabaseError {
    /// What the engine was doing: "read the catalog".
    pub doing: &'static str,
    pub source: tokio_postgres::Error,
}

/// For `.map_err(failed("read the catalog"))`.
pub(crate) fn failed(doing: &'static str) -> impl Fn(tokio_postgres::Error) -> DatabaseError {
    move |source| DatabaseError { doing, source }
}

/// Message, detail and SQLSTATE of an error; the driver's own text leaves them out.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => {
            let detail = db.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
            format!("{}{detail} [{}]", db.message(), db.code().code())
        }
        None => std::error::Error::source(error)
            .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
    }
}
