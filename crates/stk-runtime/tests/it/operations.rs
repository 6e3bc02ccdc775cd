//! Engine logic and its operations as a host drives them: which effects, and what the logic is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use stk_contract::config::{Bucket, Config, Storage};
use stk_contract::manifest::CacheSpec;
use stk_contract::{
    Access, Attestation, Code, Hash, LogicPath, LogicSpec, ParamType, Release, Returns, Vary,
};
use stk_runtime::{
    CacheStatus, Call, Deployment, Effect, Event, KeySets, Lookup, Operation, Reply, RunFault, RunWork,
    Scope, StorageAction, StorageDone, StorageFault, StoredObject,
};

use crate::support::{NOW_MS, body, code, param, params, post, required};

fn spec() -> LogicSpec {
    LogicSpec { access: Access::Public, returns: Returns::Value, ..LogicSpec::default() }
}

/// Logic of one module each; nothing of it ever runs.
fn deployment(logic: Vec<(&str, LogicSpec)>) -> Arc<Deployment> {
    let bucket = |public, types: &[&str]| Bucket {
        public,
        max_file_bytes: Some(5_000_000),
        allowed_types: types.iter().map(|one| (*one).to_owned()).collect(),
        ttl_ms: None,
    };
    let storage = Storage {
        endpoint: None,
        region: "auto".to_owned(),
        access_key_id: None,
        secret_access_key: None,
        buckets: BTreeMap::from([
            ("avatars".to_owned(), bucket(true, &["image/*"])),
            ("files".to_owned(), bucket(false, &[])),
        ]),
    };
    let config = Config { storage: Some(storage), ..Config::default() };
    let mut release = Release { project: "shop".to_owned(), config, ..Release::default() };
    for (path, spec) in logic {
        let path = LogicPath::parse(path).unwrap();
        release.manifest.logic.insert(path.clone(), spec);
        release.code.insert(path, Code::Wasm(Hash::of(b"module")));
    }
    release.secrets = BTreeSet::from(["API_KEY".to_owned()]);
    let attestation = Attestation {
        project: "shop".to_owned(),
        env: "test".to_owned(),
        number: 3,
        release: Hash::of(b"release"),
        manifest: Hash::of(b"manifest"),
        schema_fingerprints: BTreeMap::new(),
        logic: BTreeMap::new(),
    };
    let secrets = BTreeMap::from([("API_KEY".to_owned(), "canary".to_owned())]);
    Arc::new(Deployment::load(release, attestation, &secrets, Arc::new(KeySets::new())).expect("it loads"))
}

fn start(deployment: &Arc<Deployment>, path: &str, params: &str) -> (Call, Arc<RunWork>) {
    let path = format!("/call/{path}");
    let (mut call, mut effect) = Call::start(deployment, &post(&path, params, NOW_MS));
    if let Effect::LookUp(_) = effect {
        effect = call.step(Event::Cache(Lookup::Miss), NOW_MS);
    }
    match effect {
        Effect::Run { work, .. } => (call, work),
        other => panic!("{other:?}"),
    }
}

fn ends_with(call: &mut Call, result: Result<&'static str, RunFault>) -> Reply {
    match call.step(Event::Ran(result.map(Bytes::from)), NOW_MS) {
        Effect::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}

/// The answer of an operation that needs nothing of the host.
fn asked(scope: &Arc<Scope>, name: &str, input: Value) -> Result<Value, Value> {
    let (operation, effect) = Operation::start(scope, name, input.to_string().as_bytes(), NOW_MS);
    assert!(operation.is_done(), "{effect:?}");
    answered(effect)
}

fn answered(effect: Effect) -> Result<Value, Value> {
    match effect {
        Effect::Answer(Ok(body)) => Ok(serde_json::from_slice(&body).unwrap()),
        Effect::Answer(Err(fault)) => Err(serde_json::to_value(&fault.problem).unwrap()),
        other => panic!("{other:?}"),
    }
}

fn run_scope() -> Arc<Scope> {
    let secrets = vec!["API_KEY".to_owned()];
    let deployment = deployment(vec![("run", LogicSpec { secrets, ..spec() })]);
    start(&deployment, "run", "{}").1.scope.clone()
}

#[test]
fn each_end_of_a_run_has_its_answer() {
    let deployment =
        deployment(vec![("run", spec()), ("none", LogicSpec { returns: Returns::None, ..spec() })]);
    let refused = |status, code: &str| {
        Err(RunFault::Refused { status, code: code.to_owned(), message: "canary".to_owned() })
    };
    let cases = [
        (Ok("[1]"), 200, "", true),
        (Err(RunFault::Failed("canary".to_owned())), 500, "logic_failed", false),
        (Err(RunFault::BadResult("canary".to_owned())), 500, "bad_result", false),
        (Err(RunFault::ResultTooLarge { bytes_max: 1 }), 500, "result_too_large", false),
        (Err(RunFault::Memory { bytes_max: 1 }), 500, "memory_exceeded", false),
        (Err(RunFault::Timeout), 504, "timeout", false),
        (Err(RunFault::Unavailable("canary".to_owned())), 503, "unavailable", false),
        (refused(404, "not_found"), 404, "not_found", true),
        (refused(503, "unavailable"), 503, "unavailable", false),
        (refused(500, "sold_out"), 500, "logic_failed", false),
        (refused(200, "not_found"), 500, "logic_failed", false),
    ];
    for (result, status, expected, told) in cases {
        let (mut call, _) = start(&deployment, "run", "{}");
        let shown = format!("{result:?}");
        let reply = ends_with(&mut call, result);
        assert_eq!((reply.status, code(&reply)), (status, expected), "{shown}");
        assert_eq!(body(&reply).contains("canary"), told && status >= 400, "{shown}: {}", body(&reply));
        assert_eq!(reply.cause.is_some(), status >= 500, "{shown}");
    }
    let (mut call, _) = start(&deployment, "run", "{}");
    let reply = ends_with(&mut call, refused(422, "sold_out"));
    let problem: Value = serde_json::from_str(body(&reply)).unwrap();
    assert_eq!(
        (&problem["code"], &problem["detail"], reply.code),
        (&json!("sold_out"), &json!("canary"), None)
    );
    let (mut call, _) = start(&deployment, "none", "{}");
    assert_eq!(ends_with(&mut call, Err(RunFault::BadResult("no output".to_owned()))).status, 204);
}

#[test]
fn a_result_that_is_cached_names_absent_params() {
    let cache = Some(CacheSpec { ttl_ms: 1000, swr_ms: 0, vary: Vary::Shared, tags: Vec::new() });
    let note = params([("id", required(ParamType::Int)), ("note", param(ParamType::String))]);
    let deployment = deployment(vec![("run", LogicSpec { cache, params: note, ..spec() })]);
    let (mut call, work) = start(&deployment, "run", r#"{"note":null,"id":1.0}"#);
    assert_eq!(work.params, r#"{"id":1,"note":null}"#);
    assert_eq!(work.request(), r#"{"id":"r1","path":"run","headers":{},"user":null}"#);
    let Effect::Store(entry) = call.step(Event::Ran(Ok(Bytes::from_static(b"7"))), NOW_MS) else { panic!() };
    assert_eq!(entry.body, "7");
    let Effect::Reply(reply) = call.step(Event::Stored, NOW_MS) else { panic!() };
    assert_eq!((reply.cache_status, body(&reply)), (CacheStatus::Miss, "7"));
    let (_, other) = start(&deployment, "run", r#"{"id":1}"#);
    assert_eq!(other.params, r#"{"id":1}"#);
}

#[test]
fn secrets_never_stand_in_debug_output() {
    let scope = run_scope();
    assert!(!format!("{scope:?}").contains("canary"));
    assert_eq!(asked(&scope, "getSecret", json!({ "name": "API_KEY" })), Ok(json!("canary")));
    assert!(asked(&scope, "getSecret", json!({ "name": "OTHER" })).is_err());
}

#[test]
fn inputs_are_held_to_their_form() {
    let scope = run_scope();
    for (name, input) in [
        ("nothing", json!({})),
        ("db.query", json!([])),
        ("db.query", json!({ "alias": "main" })),
        ("db.query", json!({ "tx": -1, "sql": "select 1" })),
        ("db.query", json!({ "tx": 1, "sql": "select 1", "values": {} })),
        ("db.query", json!({ "tx": 1, "sql": "select 1", "more": 1 })),
        ("db.commit", json!({})),
        ("invoke", json!({ "path": "run", "params": [] })),
        ("request", json!({ "x": 1 })),
        ("storage.rename", json!({ "bucket": "files" })),
    ] {
        let problem = asked(&scope, name, input.clone()).unwrap_err();
        assert_eq!(problem["code"], "logic_failed", "{name} {input}: {problem}");
        assert!(problem["detail"].is_string(), "{name} {input}: {problem}");
    }
    let (_, effect) = Operation::start(&scope, "db.query", br#"{"tx":1,"sql":"select '\u0000'"}"#, NOW_MS);
    assert_eq!(answered(effect).unwrap_err()["code"], "invalid_string");
}

#[test]
fn the_policy_of_buckets_is_checked_before_anything_is_signed() {
    let scope = run_scope();
    let upload = |bucket: &str, key: &str, kind: &str, size: u64| {
        let input = json!({ "bucket": bucket, "key": key, "contentType": kind, "size": size });
        asked(&scope, "storage.createUploadUrl", input).unwrap_err()["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(upload("nowhere", "a.png", "image/png", 1), "logic_failed");
    assert_eq!(upload("avatars", "a.pdf", "application/pdf", 1), "invalid_value");
    assert_eq!(upload("avatars", "a.png", "image/png", 5_000_001), "invalid_value");
    assert_eq!(upload("files", "a", "a\nb: c", 1), "invalid_value");
    for key in ["", "/a", "a//b", "../a", "a/./b", "a\u{1}", &"x".repeat(1025)] {
        assert_eq!(upload("files", key, "text/plain", 1), "invalid_value", "{key:?}");
    }
}

#[test]
fn what_storage_did_is_told_as_json() {
    let scope = run_scope();
    let perform = |name: &str, input: Value, done: Result<StorageDone, StorageFault>| {
        let (mut operation, effect) = Operation::start(&scope, name, input.to_string().as_bytes(), NOW_MS);
        let Effect::Storage { work, .. } = effect else { panic!("{effect:?}") };
        (work.action.clone(), answered(operation.step(Event::Storage(done), NOW_MS)))
    };
    let address = StorageDone::Address {
        url: "https://s3/a".to_owned(),
        method: "PUT",
        headers: vec![("content-type".to_owned(), "image/png".to_owned())],
        expires_at_ms: Some(1_700_000_000_000),
    };
    let input = json!({ "bucket": "avatars", "key": "a/b.png", "contentType": "image/png", "size": 7 });
    let (action, answer) = perform("storage.createUploadUrl", input, Ok(address));
    assert!(matches!(action, StorageAction::SignUpload { size: 7, ttl_ms: 900_000, .. }), "{action:?}");
    let expected = json!({ "url": "https://s3/a", "method": "PUT", "headers": { "content-type": "image/png" },
        "expiresAt": "2023-11-14T22:13:20Z" });
    assert_eq!(answer, Ok(expected));
    let object =
        StoredObject { key: "a".to_owned(), size: 1, etag: "e".to_owned(), ..StoredObject::default() };
    let listed = StorageDone::Listed { objects: vec![object], cursor: None };
    let (action, answer) = perform("storage.list", json!({ "bucket": "files", "limit": 10 }), Ok(listed));
    assert!(matches!(action, StorageAction::List { limit: 10, .. }), "{action:?}");
    let expected =
        json!({ "objects": [{ "key": "a", "size": 1, "etag": "e", "lastModified": null }], "cursor": null });
    assert_eq!(answer, Ok(expected));
    let fault = Err(StorageFault::Unavailable("secret host".to_owned()));
    let (_, answer) = perform("storage.head", json!({ "bucket": "files", "key": "a" }), fault);
    let problem = answer.unwrap_err();
    assert_eq!(problem["code"], "unavailable");
    assert!(!problem.to_string().contains("secret"));
}

#[test]
fn a_run_whose_time_is_over_is_answered_so() {
    let scope = run_scope();
    let input = br#"{"bucket":"files","key":"a"}"#;
    let (_, effect) = Operation::start(&scope, "storage.head", input, NOW_MS + 10_000);
    assert_eq!(answered(effect).unwrap_err()["code"], "timeout");
    let (mut operation, _) = Operation::start(&scope, "storage.head", input, NOW_MS);
    assert_eq!(answered(operation.step(Event::Stored, NOW_MS)).unwrap_err()["code"], "internal");
}
