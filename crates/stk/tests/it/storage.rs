//! Files under `stk dev`, with nothing installed: an upload and what comes after it.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stk::{Dev, repository};

/// Each operation of the storage as a logic.
const LOGIC: [(&str, &str); 5] = [
    (
        "upload",
        "context.storage.createUploadUrl('avatars', params.key, { contentType: params.type, size: params.size })",
    ),
    ("download", "context.storage.createDownloadUrl('avatars', params.key)"),
    ("head", "context.storage.head('avatars', params.key)"),
    ("list", "context.storage.list('avatars', { prefix: params.key })"),
    ("remove", "context.storage.delete('avatars', params.key)"),
];

fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let example = repository().join("examples/wasm-c");
    for same in ["schema/main.hcl", "config/databases.yaml"] {
        write(same, &std::fs::read_to_string(example.join(same)).unwrap());
    }
    write("stk.config.json", r#"{ "project_id": "files" }"#);
    write(
        "config/storage.yaml",
        "buckets:\n  avatars:\n    maxFileSize: 1KB\n    allowedTypes: [image/*]\n    ttl: 10m\n",
    );
    for (name, call) in LOGIC {
        let params = "key: { type: string, required: true }\n  type: { type: string }\n  size: { type: int }";
        let header = format!("/* ---\naccess: public\nparams:\n  {params}\n--- */");
        write(
            &format!("logic/{name}.js"),
            &format!(
                "{header}\nexport default async function handler(params, context) {{\n  return {call};\n}}\n"
            ),
        );
    }
    folder
}

async fn call(dev: &Dev, path: &str, params: Value) -> Value {
    let answer = dev.call(path, &params, None).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.body
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_up_and_down_by_signed_addresses() {
    let folder = project();
    let dev = Dev::start(folder.path()).await;
    assert_eq!(dev.ready["event"], "ready", "{:#}", dev.ready);
    let key = "users/1/photo é.png";
    let upload = call(&dev, "upload", json!({ "key": key, "type": "image/png", "size": 5 })).await;
    let url = upload["url"].as_str().unwrap();
    assert_eq!(
        (&upload["method"], &upload["headers"]),
        (&json!("PUT"), &json!({ "content-type": "image/png" }))
    );
    for (content_type, body, status) in
        [("image/png", "123456", 403), ("text/html", "12345", 403), ("image/png", "12345", 200)]
    {
        let request = reqwest::Client::new().put(url).header("content-type", content_type).body(body);
        assert_eq!(request.send().await.unwrap().status(), status, "{content_type} {body}");
    }

    let head = call(&dev, "head", json!({ "key": key })).await;
    assert_eq!((&head["size"], &head["contentType"]), (&json!(5), &json!("image/png")), "{head}");
    let list = call(&dev, "list", json!({ "key": "users/" })).await;
    assert_eq!((&list["objects"][0]["key"], &list["cursor"]), (&json!(key), &Value::Null), "{list}");
    let download = call(&dev, "download", json!({ "key": key })).await;
    let reply = reqwest::get(download["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(reply.text().await.unwrap(), "12345");

    assert_eq!(call(&dev, "remove", json!({ "key": key })).await, Value::Null);
    assert_eq!(call(&dev, "head", json!({ "key": key })).await, Value::Null);
    assert_eq!(dev.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bucket_does_not_take_is_never_signed() {
    let folder = project();
    let dev = Dev::start(folder.path()).await;
    assert_eq!(dev.ready["event"], "ready", "{:#}", dev.ready);
    for params in [
        json!({ "key": "a.png", "type": "image/png", "size": 1001 }),
        json!({ "key": "a.html", "type": "text/html", "size": 1 }),
        json!({ "key": "../a.png", "type": "image/png", "size": 1 }),
        json!({ "key": "/a.png", "type": "image/png", "size": 1 }),
    ] {
        let answer = dev.call("upload", &params, None).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (400, &json!("invalid_value")),
            "{params}: {answer:?}"
        );
    }
    assert_eq!(dev.stop(), Some(0));
}
