//! `config/egress.yaml`: hosts that logic may fetch from.

use crate::code::Code;
use crate::config::Document;
use crate::config::urls::{is_port, split_port};
use crate::shape::{Fields, Key, Object, Shape};

pub(super) static SHAPE: Shape = Shape::Object(&EGRESS);

static EGRESS: Object = Object {
    keys: &[Key {
        name: "hosts",
        shape: Shape::List(&Shape::Text),
        required: true,
        doc: "Hosts, such as `api.stripe.com`, or `*.example.com` for any below one.",
    }],
};

pub(super) fn read(document: &mut Document<'_>) -> Vec<String> {
    let mut hosts = Vec::new();
    for node in Fields::of(Some(document.root), &EGRESS).list("hosts") {
        let Some(text) = node.text().filter(|text| !text.contains("${") && !text.trim().is_empty()) else {
            continue;
        };
        if is_host(text) {
            hosts.push(text.to_ascii_lowercase());
        } else {
            document
                .findings
                .add(Code::ConfigInvalidValue, node.at, format!("`{text}` is not a host"))
                .hint("write `api.example.com`, or `*.example.com`: no scheme, no path");
        }
    }
    hosts
}

fn is_host(text: &str) -> bool {
    let (host, port) = split_port(text);
    let name = host.strip_prefix("*.").unwrap_or(host);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // A wildcard over a whole top-level domain is no list of hosts.
    let wide = name.len() < host.len() && !name.contains('.');
    name.split('.').all(label) && !wide && port.is_none_or(is_port)
}
