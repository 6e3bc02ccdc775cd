//! Reading fields of catalog rows.

use indexmap::IndexMap;
use tokio_postgres::Row;

use crate::hcl::canonical_param;

pub(super) trait Fields {
    fn optional_text(&self, index: usize) -> Result<Option<String>, tokio_postgres::Error>;
}

impl Fields for Row {
    fn optional_text(&self, index: usize) -> Result<Option<String>, tokio_postgres::Error> {
        self.try_get(index)
    }
}

/// Storage parameters from `name=value` each, sorted by name.
pub(super) fn params(options: Vec<String>) -> IndexMap<String, String> {
    let pair = |option: &String| match option.split_once('=') {
        Some((name, value)) => (name.to_owned(), canonical_param(value.to_owned())),
        None => (option.clone(), "true".to_owned()),
    };
    let mut params: IndexMap<String, String> = options.iter().map(pair).collect();
    params.sort_keys();
    params
}
