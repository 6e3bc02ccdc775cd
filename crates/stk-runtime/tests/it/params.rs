//! Params of types that only a database with them can have, bound and read back.

use stk_contract::manifest::Items;
use stk_contract::manifest::{Checks, ParamType};
use stk_contract::{Access, LogicSpec, Returns};
use stk_runtime::{Deployment, KeySets, LoadError};

use crate::support::{Host, LogicFile, Project, bind, body, code, param, params, secrets};

const SCHEMA: &str = "create type mood as enum ('sad', 'it''s \"ok\"'); create type pair as (a int, b mood);";

fn array(kind: ParamType) -> ParamType {
    ParamType::Array(Box::new(Items { kind, checks: Checks::default() }))
}

fn echo(path: &'static str, kind: ParamType, cast: &'static str) -> LogicFile {
    LogicFile {
        path,
        spec: LogicSpec {
            access: Access::Public,
            returns: Returns::Value,
            params: params([("p", param(kind))]),
            ..LogicSpec::default()
        },
        sql: vec![(&*format!("select $1::{cast} as p").leak(), vec![bind("p")])],
    }
}

#[tokio::test]
async fn values_come_back_from_every_type_they_may_be_bound_as() {
    let moods = || ParamType::Enum(vec!["sad".to_owned(), "it's \"ok\"".to_owned()]);
    let cases = [
        (echo("a", moods(), "mood"), r#""it's \"ok\"""#, r#""it's \"ok\"""#),
        (
            echo("b", array(moods()), "mood[]"),
            r#"["sad",null,"it's \"ok\""]"#,
            r#"["sad",null,"it's \"ok\""]"#,
        ),
        (echo("c", ParamType::String, "mood"), r#""sad""#, r#""sad""#),
        (echo("d", ParamType::String, "inet"), r#""10.0.0.1""#, r#""10.0.0.1""#),
        (echo("e", ParamType::String, "interval"), r#""P1DT2H""#, r#""P1DT2H""#),
        (echo("f", ParamType::String, "time"), r#""10:00""#, r#""10:00:00""#),
        (echo("g", ParamType::String, "int4range"), r#""[1,3]""#, r#""[1,4)""#),
        (echo("h", ParamType::Int, "numeric"), "5", r#""5""#),
        (echo("i", ParamType::Float, "real"), "0.1", "0.1"),
        (echo("j", ParamType::Float, "numeric"), "1e21", r#""1000000000000000000000""#),
        (echo("k", ParamType::Number, "float8"), r#""0.1""#, "0.1"),
        (echo("l", ParamType::Bigint, "bigint"), "-9007199254740991", "-9007199254740991"),
        (
            echo("m", ParamType::Uuid, "text"),
            r#""6F0B9C1E-2D3A-4B5C-8D7E-9F0A1B2C3D4E""#,
            r#""6f0b9c1e-2d3a-4b5c-8d7e-9f0a1b2c3d4e""#,
        ),
        (echo("n", ParamType::Date, "timestamptz"), r#""2024-02-29""#, r#""2024-02-29T00:00:00Z""#),
        (echo("o", ParamType::Date, "timestamp"), r#""2024-02-29""#, r#""2024-02-29T00:00:00""#),
        (
            echo("p", ParamType::Timestamp, "timestamp"),
            r#""2024-01-01T01:00:00+01:00""#,
            r#""2024-01-01T00:00:00""#,
        ),
        (
            echo("q", ParamType::Timestamp, "text"),
            r#""2024-01-01T01:00:00+01:00""#,
            r#""2024-01-01T00:00:00Z""#,
        ),
        (
            echo("r", array(ParamType::Timestamp), "timestamptz[]"),
            r#"["2024-01-01T01:00:00+01:00"]"#,
            r#"["2024-01-01T00:00:00Z"]"#,
        ),
        (echo("s", array(ParamType::Date), "date[]"), r#"["2024-02-29",null]"#, r#"["2024-02-29",null]"#),
        (echo("t", array(ParamType::Bytes), "bytea[]"), r#"["AP8Q"]"#, r#"["AP8Q"]"#),
        (
            echo("u", array(ParamType::Json), "jsonb[]"),
            r#"[{"a":"\"x\\"},[1],null]"#,
            r#"[{"a": "\"x\\"},[1],null]"#,
        ),
        (echo("v", array(ParamType::Bool), "bool[]"), "[true,false]", "[true,false]"),
        (
            echo("w", array(ParamType::Uuid), "uuid[]"),
            r#"["6f0b9c1e-2d3a-4b5c-8d7e-9f0a1b2c3d4e"]"#,
            r#"["6f0b9c1e-2d3a-4b5c-8d7e-9f0a1b2c3d4e"]"#,
        ),
        (echo("x", array(array(ParamType::Int)), "int[]"), "[[1,2],[3,null]]", "[[1,2],[3,null]]"),
        (echo("y", array(ParamType::Int), "jsonb"), "[1, 2]", "[1, 2]"),
        (echo("z", array(ParamType::Float), "float8[]"), "[0.1,1e300]", "[0.1,1e+300]"),
        (echo("aa", array(ParamType::Number), "numeric[]"), r#"["1.50",2]"#, r#"["1.50","2"]"#),
        (echo("ab", array(ParamType::String), "varchar[]"), r#"["a",null]"#, r#"["a",null]"#),
        (echo("ac", ParamType::Int, "oid"), "4294967295", r#""4294967295""#),
        (echo("ad", ParamType::Json, "json"), r#"{"a":  1.50}"#, r#"{"a":  1.50}"#),
        (echo("ae", ParamType::String, "varchar"), r#""ü""#, r#""ü""#),
    ];
    let checks: Vec<_> = cases.iter().map(|(file, sent, expected)| (file.path, *sent, *expected)).collect();
    let mut host = Host::new(SCHEMA, Project::new(cases.into_iter().map(|(file, ..)| file).collect())).await;
    for (path, sent, expected) in checks {
        let reply = host.call(path, &format!(r#"{{"p":{sent}}}"#), None).await;
        assert_eq!(body(&reply), expected, "{path}: {sent}");
        let null = host.call(path, r#"{"p":null}"#, None).await;
        assert_eq!(body(&null), "null", "{path}");
    }
}

#[tokio::test]
async fn what_the_database_refuses_is_an_invalid_value() {
    let files = vec![
        echo("ragged", array(array(ParamType::Int)), "int[]"),
        echo("inet", ParamType::String, "inet"),
        echo("mood", ParamType::String, "mood"),
        echo("huge", ParamType::Number, "numeric"),
    ];
    let mut host = Host::new(SCHEMA, Project::new(files)).await;
    for (path, sent) in
        [("ragged", "[[1,2],[3]]"), ("inet", r#""x""#), ("mood", r#""glad""#), ("huge", r#""1e999999""#)]
    {
        let reply = host.call(path, &format!(r#"{{"p":{sent}}}"#), None).await;
        assert_eq!((reply.status, code(&reply)), (400, "invalid_value"), "{path}: {}", body(&reply));
    }
}

#[tokio::test]
async fn a_release_that_does_not_suit_its_attestation_is_not_loaded() {
    let database = stk_testkit::Database::with(SCHEMA).await;
    let client = database.connect().await;
    let project = Project::new(vec![echo("a", ParamType::Uuid, "int")]);
    let (release, attestation) = project.package(&client).await;
    let load = |release: &stk_contract::Release, attestation: &stk_contract::Attestation, secrets: &_| {
        Deployment::load(release.clone(), attestation.clone(), secrets, KeySets::new().into()).unwrap_err()
    };
    assert!(
        matches!(load(&release, &attestation, &secrets()), LoadError::Logic { logic, .. } if logic == "a")
    );
    assert_eq!(
        load(&release, &attestation, &Default::default()),
        LoadError::MissingSecret("JWT_SECRET".to_owned())
    );
    let mut without_secret = release.clone();
    without_secret.config.auth.jwt.as_mut().unwrap().secret = None;
    assert_eq!(load(&without_secret, &attestation, &secrets()), LoadError::NoTokenKeys);
    let mut other = attestation.clone();
    other.project = "other".to_owned();
    assert!(matches!(load(&release, &other, &secrets()), LoadError::Project { .. }));
}
