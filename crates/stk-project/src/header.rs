//! The header of a logic file: where it stands, its keys, and the contract's [`LogicSpec`] made from them.

mod decimal;
mod literal;
mod locate;
mod params;
mod returns;
mod script;
mod spec;
mod sql;
mod table;
mod ts_type;

use std::collections::BTreeMap;

pub(crate) use locate::{locate, locate_script, without_fence};
pub(crate) use spec::{Body, LogicFindings, Surroundings, read};
pub(crate) use table::SHAPE;

use crate::text::Position;
use crate::yaml::Node;

/// Where the keys stand, by dotted path.
pub(crate) fn key_positions(root: &Node) -> BTreeMap<String, Position> {
    fn walk(node: &Node, prefix: &str, positions: &mut BTreeMap<String, Position>) {
        for entry in node.map().into_iter().flat_map(|mapping| mapping.entries()) {
            let path = if prefix.is_empty() { entry.key.clone() } else { format!("{prefix}.{}", entry.key) };
            walk(&entry.value, &path, positions);
            positions.insert(path, entry.key_at);
        }
    }
    let mut positions = BTreeMap::new();
    walk(root, "", &mut positions);
    positions
}
