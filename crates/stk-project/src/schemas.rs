//! JSON Schemas of the files that the user writes, from the very tables that the check reads.

use crate::shape::{Shape, json_schema};
use crate::{config, header};

/// File name to JSON Schema (2020-12) text: one for each file of `config/`, such as `databases.schema.json`, and
/// `logic.schema.json` for the header of a logic file.
pub fn json_schemas() -> Vec<(String, String)> {
    shapes()
        .map(|(name, title, shape)| {
            let schema = json_schema(&title, shape);
            (format!("{name}.schema.json"), format!("{schema:#}\n"))
        })
        .collect()
}

fn shapes() -> impl Iterator<Item = (&'static str, String, &'static Shape)> {
    let config =
        config::FILES.iter().map(|(name, shape)| (*name, format!("Santokit config/{name}.yaml"), *shape));
    config.chain([("logic", "Santokit logic header".to_owned(), &header::SHAPE)])
}
