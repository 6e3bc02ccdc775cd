//! `config/storage.yaml`: an S3 endpoint and its buckets.

use stk_contract::config::{Bucket, Storage};

use crate::code::Code;
use crate::config::Document;
use crate::shape::{Fields, Key, NameRule, Object, Shape};
use crate::yaml::Node;

pub(super) static SHAPE: Shape = Shape::Object(&STORAGE);

static STORAGE: Object = Object {
    keys: &[
        Key {
            name: "endpoint",
            shape: Shape::Template,
            required: false,
            doc: "Address of the S3 service. Default: the one that comes with the platform, else AWS by region.",
        },
        Key {
            name: "region",
            shape: Shape::Text,
            required: false,
            doc: "Region of the buckets. Default: auto.",
        },
        Key {
            name: "accessKeyId",
            shape: Shape::Template,
            required: false,
            doc: "Id of the access key, as a placeholder.",
        },
        Key {
            name: "secretAccessKey",
            shape: Shape::Secret,
            required: false,
            doc: "The access key itself, as a placeholder.",
        },
        Key {
            name: "buckets",
            shape: Shape::Map { keys: NameRule::Bucket, values: &Shape::Object(&BUCKET) },
            required: false,
            doc: "Buckets that logic may give access to.",
        },
        Key {
            name: "defaults",
            shape: Shape::Object(&DEFAULTS),
            required: false,
            doc: "What stands where this file does not say it.",
        },
    ],
};

static DEFAULTS: Object = Object {
    keys: &[Key { name: "region", shape: Shape::Text, required: false, doc: "Region of the buckets." }],
};

static BUCKET: Object = Object {
    keys: &[
        Key {
            name: "public",
            shape: Shape::Bool,
            required: false,
            doc: "Whether anybody may read. Default: false.",
        },
        Key { name: "maxFileSize", shape: Shape::Size, required: false, doc: "The largest upload." },
        Key {
            name: "allowedTypes",
            shape: Shape::List(&Shape::Text),
            required: false,
            doc: "Media types of uploads, such as `image/png` or `image/*`. Default: any.",
        },
        Key {
            name: "ttl",
            shape: Shape::Duration,
            required: false,
            doc: "How long an address for an upload or a download is good.",
        },
    ],
};

pub(super) fn read(document: &mut Document<'_>) -> Storage {
    let fields = Fields::of(Some(document.root), &STORAGE);
    let default_region = fields.object("defaults").and_then(|defaults| defaults.owned("region"));
    let buckets = fields.node("buckets").and_then(Node::map);
    let buckets = buckets.into_iter().flat_map(|mapping| mapping.entries());
    Storage {
        endpoint: fields.template("endpoint"),
        region: fields.owned("region").or(default_region).unwrap_or_else(|| "auto".to_owned()),
        access_key_id: fields.template("accessKeyId"),
        secret_access_key: fields.template("secretAccessKey"),
        buckets: buckets.map(|entry| (entry.key.clone(), bucket(document, &entry.value))).collect(),
    }
}

fn bucket(document: &mut Document<'_>, node: &Node) -> Bucket {
    let fields = Fields::of(Some(node), &BUCKET);
    for node in fields.list("allowedTypes") {
        let Some(text) = node.text().filter(|text| !text.trim().is_empty()) else { continue };
        if !is_media_type(text) {
            document
                .findings
                .add(Code::ConfigInvalidValue, node.at, format!("`{text}` is not a media type"))
                .hint("write `image/png` or `image/*`");
        }
    }
    Bucket {
        public: fields.bool("public").unwrap_or(false),
        max_file_bytes: fields.size_bytes("maxFileSize"),
        allowed_types: fields.texts("allowedTypes"),
        ttl_ms: fields.duration_ms("ttl"),
    }
}

fn is_media_type(text: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let Some((kind, subtype)) = text.split_once('/') else { return false };
    (token(kind) && (token(subtype) || subtype == "*")) || text == "*/*"
}
