//! `config/http.yaml`: which browsers may call.

use crate::code::Code;
use crate::config::Document;
use crate::config::urls::Url;
use crate::shape::{Fields, Key, Object, Shape};

pub(super) static SHAPE: Shape = Shape::Object(&HTTP);

static HTTP: Object = Object {
    keys: &[Key {
        name: "cors",
        shape: Shape::Object(&CORS),
        required: false,
        doc: "What browsers on other origins may do.",
    }],
};

static CORS: Object = Object {
    keys: &[Key {
        name: "origins",
        shape: Shape::List(&Shape::Text),
        required: true,
        doc: "Origins that may call, exactly: `https://shop.example.com`.",
    }],
};

pub(super) fn read(document: &mut Document<'_>) -> Vec<String> {
    let mut origins = Vec::new();
    let cors = Fields::of(Some(document.root), &HTTP).object("cors");
    for node in cors.map(|cors| cors.list("origins")).unwrap_or_default() {
        let Some(text) = node.text().filter(|text| !text.contains("${") && !text.trim().is_empty()) else {
            continue;
        };
        let exact = Url::parse(text).is_some_and(|url| url.rest.is_empty() && !url.host.contains('*'));
        if exact {
            origins.push(text.to_ascii_lowercase());
        } else {
            document
                .findings
                .add(Code::ConfigInvalidValue, node.at, format!("`{text}` is not an origin"))
                .hint("write `https://shop.example.com`: scheme, host and port, no path and no wildcard");
        }
    }
    origins
}
