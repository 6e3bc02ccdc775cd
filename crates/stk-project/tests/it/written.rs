//! What is written from a project: declarations, OpenAPI, JSON Schemas.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::Value;
use stk_contract::client_manifest::ClientManifest;
use stk_contract::types::PgType;
use stk_contract::{Hash, LogicPath, LogicProof, ResultColumn, StatementProof};
use stk_project::{declarations, handler_types, json_schemas, openapi};

use crate::{good, project};

fn column(name: &str, pg_type: PgType, nullable: bool) -> ResultColumn {
    ResultColumn { name: name.to_owned(), pg_type, nullable, ts_type: None }
}

fn manifest() -> ClientManifest {
    let checked = good(&project(&[
        ("logic/ping.sql", "---\nreturns: none\n---\nselect 1"),
        (
            "logic/products.sql",
            "---\ndescription: 'A product */ by id'\nreturns: one\nparams: { id: { type: uuid, required: true } }\n---\nselect :id as id",
        ),
        (
            "logic/products/search.sql",
            "---\ndescription: |\n  Searches.\n\n  In any order.\naccess: public\ncache: 60s\nparams:\n  query: { type: string, maxLength: 9 }\n  \
             tags: { type: array, items: { type: string } }\n  limit: { type: int, default: 20, min: 1, description: At most }\n---\nselect :query, :tags, :limit",
        ),
        (
            "logic/orders/total.sql",
            "---\nreturns: value\nparams: { day: { type: date, required: true }, at: { type: timestamp }, raw: { type: json } }\n---\nselect :day, :at, :raw",
        ),
        ("logic/orders/last.sql", "---\nreturns: optional\n---\nselect 1"),
        ("logic/_private.sql", "select 1"),
    ]));
    let proofs: BTreeMap<LogicPath, LogicProof> = [
        ("products", vec![column("id", PgType::Uuid, false)]),
        (
            "products/search",
            vec![
                column("id", PgType::Uuid, false),
                column("price with tax", PgType::Float8, true),
                column("meta", PgType::Jsonb, true),
            ],
        ),
        ("orders/total", vec![column("sum", PgType::Numeric, true)]),
        ("orders/last", vec![column("tags", PgType::Array(Box::new(PgType::Text)), false)]),
    ]
    .into_iter()
    .map(|(path, columns)| {
        let statements = vec![StatementProof { columns, ..StatementProof::default() }];
        (LogicPath::parse(path).unwrap(), LogicProof { statements, read_only: true, ..LogicProof::default() })
    })
    .collect();
    ClientManifest::new(&checked.manifest, &proofs)
}

#[test]
fn declarations_type_every_callable_logic() {
    assert_snapshot!(declarations(&manifest(), Hash::of(b"x")), @r#"
    // Written by `stk sync` from the release's manifest. Do not edit.
    // manifest 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881

    interface SantokitLogic {
      orders: {
        last(params?: Santokit.NoParams, options?: Santokit.CallOptions): Promise<{ tags: (string | null)[] } | null>;
        total(
          params: {
            day: string;
            at?: string | Date | null | undefined;
            raw?: unknown;
          },
          options?: Santokit.CallOptions,
        ): Promise<string | null>;
      };
      ping(params?: Santokit.NoParams, options?: Santokit.CallOptions): Promise<void>;
      products: {
        /** A product *\/ by id */
        (
          params: {
            id: string;
          },
          options?: Santokit.CallOptions,
        ): Promise<{ id: string }>;
        /**
         * Searches.
         *
         * In any order.
         */
        search(
          params?: {
            query?: string | null | undefined;
            tags?: readonly (string | null)[] | null | undefined;
            /**
             * At most
             * @default 20
             */
            limit?: number | null | undefined;
          },
          options?: Santokit.CallOptions,
        ): Promise<{ id: string; "price with tax": number | null; meta: Santokit.Json }[]>;
      };
    }
    "#);
}

#[test]
fn openapi_describes_every_callable_logic() {
    let text = openapi("shop", &manifest());
    assert_eq!(text, openapi("shop", &manifest()));
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        ["/call/orders/last", "/call/orders/total", "/call/ping", "/call/products", "/call/products/search"]
    );
    let search = &document["paths"]["/call/products/search"];
    assert_snapshot!(format!("{:#}", search["get"]["parameters"]), @r#"
    [
      {
        "in": "query",
        "name": "query",
        "required": false,
        "schema": {
          "maxLength": 9,
          "type": "string"
        }
      },
      {
        "content": {
          "application/json": {
            "schema": {
              "items": {
                "anyOf": [
                  {
                    "type": "string"
                  },
                  {
                    "type": "null"
                  }
                ]
              },
              "type": "array"
            }
          }
        },
        "in": "query",
        "name": "tags",
        "required": false
      },
      {
        "description": "At most",
        "in": "query",
        "name": "limit",
        "required": false,
        "schema": {
          "maximum": 9007199254740991,
          "minimum": 1,
          "type": "integer"
        }
      }
    ]
    "#);
    assert_snapshot!(search["post"]["requestBody"].to_string(), @r#"{"content":{"application/json":{"schema":{"additionalProperties":false,"properties":{"limit":{"anyOf":[{"maximum":9007199254740991,"minimum":1,"type":"integer"},{"type":"null"}],"default":20,"description":"At most"},"query":{"anyOf":[{"maxLength":9,"type":"string"},{"type":"null"}]},"tags":{"anyOf":[{"items":{"anyOf":[{"type":"string"},{"type":"null"}]},"type":"array"},{"type":"null"}]}},"type":"object"}}},"required":false}"#);
    assert_snapshot!(search["post"]["responses"]["200"].to_string(), @r#"{"content":{"application/json":{"schema":{"items":{"additionalProperties":false,"properties":{"id":{"format":"uuid","type":"string"},"meta":{},"price with tax":{"anyOf":[{"type":["number","string"]},{"type":"null"}]}},"required":["id","price with tax","meta"],"type":"object"},"type":"array"}}},"description":"The result."}"#);
    assert!(document["paths"]["/call/products"]["get"].is_null(), "only cached public logic has GET");
    assert!(document["paths"]["/call/ping"]["post"]["responses"]["204"].is_object());
    assert!(document["paths"]["/call/products"]["post"]["responses"]["404"].is_object());
}

/// Every key that the check knows is in the schema, and the other way: a file with each key of a schema in turn,
/// and with one that no schema has.
#[test]
fn json_schemas_and_the_check_know_the_same_keys() {
    let schemas = json_schemas();
    let names: Vec<&str> = schemas.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "databases.schema.json",
            "auth.schema.json",
            "storage.schema.json",
            "egress.schema.json",
            "http.schema.json",
            "limits.schema.json",
            "logic.schema.json"
        ]
    );
    let mut keys = 0;
    for (name, text) in &schemas {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        let file = match name.as_str() {
            "logic.schema.json" => "logic/get.yaml".to_owned(),
            name => format!("config/{}", name.replace(".schema.json", ".yaml")),
        };
        keys += walk(&file, &schema, &schema, &mut Vec::new());
    }
    assert!(keys > 90, "{keys} keys were tried");
}

/// Tries every key of the objects in a schema, each below the keys that lead to it; says how many.
fn walk(file: &str, root: &Value, schema: &Value, path: &mut Vec<String>) -> usize {
    let mut keys = 0;
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/$defs/").unwrap();
        // Once round is enough of what holds itself.
        if path.iter().filter(|step| *step == name).count() < 2 {
            keys += walk(file, root, &root["$defs"][name], path);
        }
        return keys;
    }
    for alternative in schema["anyOf"].as_array().into_iter().flatten() {
        keys += walk(file, root, alternative, path);
    }
    if schema["items"].is_object() {
        path.push("[]".to_owned());
        keys += walk(file, root, &schema["items"], path);
        path.pop();
    }
    if schema["additionalProperties"].is_object() {
        path.push("abc".to_owned());
        keys += walk(file, root, &schema["additionalProperties"], path);
        path.pop();
    }
    if let Some(properties) = schema["properties"].as_object() {
        assert!(is_unknown(file, path, "nonsense"), "{file} {path:?} takes any key");
        for (key, property) in properties {
            assert!(!is_unknown(file, path, key), "{file} {path:?} does not know `{key}`");
            assert!(property["description"].is_string(), "{file} {path:?} `{key}` has no description");
            keys += 1;
            path.push(key.clone());
            keys += walk(file, root, property, path);
            path.pop();
        }
    }
    keys
}

/// Whether the check calls a key unknown there.
fn is_unknown(file: &str, path: &[String], key: &str) -> bool {
    let mut text = format!("{{ \"{key}\": x }}");
    for step in path.iter().rev() {
        text = if step == "[]" { format!("[ {text} ]") } else { format!("{{ \"{step}\": {text} }}") };
    }
    let files = project(&[("logic/get.sql", "select 1"), (file, &text)]);
    let found = stk_project::check("shop", &files).1;
    found.iter().any(|found| found.code.ends_with(".unknown_key") && found.file == file)
}

#[test]
fn handlers_are_typed_by_their_headers() {
    let checked = good(&project(&[
        (
            "logic/users/get.js",
            "/**\n * returns: none\n * params:\n *   id: { type: uuid, required: true }\n *   limit: { type: int, default: 20 }\n \
             *   tags: { type: array, items: { type: enum, values: [a, \"b\\\"\"] } }\n *   raw: { type: json }\n */\nexport default async () => {};\n",
        ),
        ("logic/_nothing.sql", "select 1"),
    ]));
    let text = handler_types(&checked.manifest);
    let (context, params) = text.split_once("interface SantokitParams {").unwrap();
    assert!(context.contains("interface Context {") && context.contains("class StkError"));
    assert_snapshot!(params, @r#"
      "_nothing": {};
      "users/get": { id: string; limit: number | null; tags?: ("a" | "b\"" | null)[] | null; raw?: any | null };
    }
    "#);
}
