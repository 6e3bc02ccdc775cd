//! Reading fields of catalog rows.

use tokio_postgres::Row;

pub(super) trait Fields {
    fn optional_text(&self, index: usize) -> Result<Option<String>, tokio_postgres::Error>;
}

impl Fields for Row {
    fn optional_text(&self, index: usize) -> Result<Option<String>, tokio_postgres::Error> {
        self.try_get(index)
    }
}
