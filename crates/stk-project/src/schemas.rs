//! JSON Schemas of the files that the user writes.

/// File name to JSON Schema (2020-12) text: one for each file of `config/` and one for the header of a logic file.
pub fn json_schemas() -> Vec<(String, String)> {
    Vec::new()
}
