//! What every use of Postgres here shares: settings under which it prints one thing one way, and its errors in words.

/// For the start of a transaction that reads the catalog.
///
/// How Postgres prints an expression, and how it reads a literal such as `'2020-01-01'::timestamptz`, depends on
/// settings of the session, the role and the database. With these, two sessions print and read the same; names come
/// out qualified, and a time without a zone is in UTC. Compiling a query of the catalog would cost more than running it.
pub(crate) const CANONICAL: &str = "SET LOCAL search_path = ''; SET LOCAL timezone = 'UTC'; \
    SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; \
    SET LOCAL bytea_output = 'hex'; SET LOCAL xmloption = 'content'; SET LOCAL quote_all_identifiers = off; \
    SET LOCAL jit = off";

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
