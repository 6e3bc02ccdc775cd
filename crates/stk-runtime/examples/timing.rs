//! What the runtime costs a call, without any I/O: `cargo run --release -p stk-runtime --example timing`.
//!
//! Prints nanoseconds a call for a cache hit and for one row by key, with a verified token; judges nothing.

#![allow(clippy::unwrap_used)] // A program to look at, not one to rely on.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use stk_contract::manifest::CacheSpec;
use stk_contract::release::Bind;
use stk_contract::token::{self, Claims};
use stk_contract::{
    Attestation, Code, Hash, LogicPath, LogicProof, LogicSpec, Param, ParamType, PgType, Release,
    ResultColumn, Returns, SqlStatement, StatementProof, Vary,
};
use stk_runtime::{Call, Deployment, Effect, Event, KeySets, Lookup, Request};

const NOW_MS: u64 = 1_700_000_000_000;
const CALLS: u32 = 300_000;

fn deployment() -> Arc<Deployment> {
    let config = "\
        {\"databases\":{\"main\":{\"url\":\"x\",\"migrate\":null,\"pool_max\":1,\"pool_acquire_ms\":1,\"statement_timeout_ms\":10000,\
        \"ssl\":\"disable\",\"rls\":false,\"engine\":\"santokit\"}},\"auth\":{\"jwt\":{\"secret\":\"secret\",\"expires_in_ms\":1,\
        \"refresh_expires_in_ms\":1},\"issuers\":[],\"providers\":{},\"email_password\":null,\"session\":{\"secure\":true,\
        \"http_only\":true,\"same_site\":\"lax\"},\"roles\":[],\"default_role\":null,\"redirects\":[]},\"storage\":null,\
        \"egress\":[],\"cors_origins\":[],\"limits\":{\"body_bytes\":1000000,\"timeout_ms\":10000,\"response_bytes\":8000000,\
        \"rows\":10000,\"memory_bytes\":1,\"concurrency\":1}}";
    let mut release = Release {
        project: "shop".to_owned(),
        config: serde_json::from_str(config).unwrap(),
        ..Release::default()
    };
    let mut proofs = BTreeMap::new();
    let id = Param {
        kind: ParamType::Int,
        required: true,
        default: None,
        description: None,
        checks: Default::default(),
    };
    let column =
        |name: &str, pg_type| ResultColumn { name: name.to_owned(), pg_type, nullable: false, ts_type: None };
    for (path, cache) in [
        ("row", None),
        (
            "hit",
            Some(CacheSpec { ttl_ms: 60_000, swr_ms: 0, vary: Vary::User, tags: vec!["items".to_owned()] }),
        ),
    ] {
        let path = LogicPath::parse(path).unwrap();
        let params = [("id".to_owned(), id.clone())].into_iter().collect();
        let spec = LogicSpec { params, returns: Returns::One, cache, ..LogicSpec::default() };
        let statement = SqlStatement {
            text: "select id, name, price, created_at from items where id = $1".to_owned(),
            binds: vec![Bind::Param("id".to_owned())],
        };
        let proof = StatementProof {
            text: None,
            params: vec![PgType::Int4],
            columns: vec![
                column("id", PgType::Int4),
                column("name", PgType::Text),
                column("price", PgType::Numeric),
                column("created_at", PgType::TimestampTz),
            ],
            shareable: true,
        };
        release.manifest.logic.insert(path.clone(), spec);
        release.code.insert(path.clone(), Code::Sql(vec![statement]));
        proofs.insert(path, LogicProof { statements: vec![proof], read_only: true, ..LogicProof::default() });
    }
    let attestation = Attestation {
        project: "shop".to_owned(),
        env: "bench".to_owned(),
        number: 1,
        release: Hash::of(b""),
        manifest: Hash::of(b""),
        schema_fingerprints: BTreeMap::new(),
        logic: proofs,
    };
    Arc::new(Deployment::load(release, attestation, &BTreeMap::new(), Arc::new(KeySets::new())).unwrap())
}

fn main() {
    let deployment = deployment();
    let claims = Claims {
        iss: token::ISSUER.to_owned(),
        aud: token::audience("shop", "bench"),
        sub: "7".to_owned(),
        email: None,
        roles: vec!["user".to_owned()],
        iat: NOW_MS / 1000,
        exp: NOW_MS / 1000 + 60,
    };
    let authorization = format!("Bearer {}", token::mint(&claims, b"secret"));
    let stored = Bytes::from_static(
        b"{\"id\":7,\"name\":\"mug\",\"price\":\"9.50\",\"created_at\":\"2024-01-01T00:00:00Z\"}",
    );
    let row: [&[u8]; 4] = [
        &7_i32.to_be_bytes(),
        b"A mug with a name of some length",
        &[0, 2, 0, 0, 0, 0, 0, 2, 0, 9, 0x13, 0x88],
        &757_382_400_000_000_i64.to_be_bytes(),
    ];
    for path in ["/call/hit", "/call/row"] {
        let started = Instant::now();
        for _ in 0..CALLS {
            let request = Request {
                headers: &(),
                method: "POST",
                path,
                query: None,
                content_type: Some("application/json"),
                authorization: Some(&authorization),
                body: br#"{"id":7}"#,
                request_id: "0123456789abcdef",
                now_ms: NOW_MS,
            };
            let (mut call, mut effect) = Call::start(&deployment, black_box(&request));
            loop {
                let event = match effect {
                    Effect::LookUp(_) => Event::Cache(Lookup::Fresh { body: stored.clone(), age_ms: 1 }),
                    Effect::Sql { work, .. } => {
                        let mut writer = work.writer();
                        writer.push(row.map(Some)).unwrap();
                        Event::Sql(Ok(writer.finish().unwrap()))
                    }
                    Effect::Reply(reply) => {
                        assert_eq!(reply.status, 200, "{:?}", reply.body);
                        black_box(reply);
                        Event::Replied
                    }
                    _ => break,
                };
                effect = call.step(event, NOW_MS);
            }
        }
        println!("{path}: {} ns a call", started.elapsed().as_nanos() / u128::from(CALLS));
    }
}
