//! The OpenAPI text of callable logic.
//!
//! A pure function of the manifest: equal manifests give equal bytes.

mod declared;
mod schema;

use serde_json::{Map, Value, json};
use stk_contract::client_manifest::{ClientLogic, ClientManifest};
use stk_contract::problem::DOCS;
use stk_contract::{ErrorCode, LogicPath, ParamType, Returns};

/// OpenAPI 3.1 of the callable logic, as JSON text: `POST /call/{path}` for each, and `GET` where browsers and CDNs
/// may cache.
pub fn openapi(project_id: &str, manifest: &ClientManifest) -> String {
    let paths: Map<String, Value> = manifest
        .logic
        .iter()
        .map(|(path, logic)| (format!("/call/{path}"), path_item(path, logic)))
        .collect();
    let mut schemas = Map::from_iter([("Problem".to_owned(), problem())]);
    for result in manifest.logic.values().filter_map(|logic| logic.result.as_ref()) {
        schemas.extend(
            result.named.iter().map(|(name, json)| (declared::component(name), declared::json(json))),
        );
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": project_id, "version": manifest.hash().to_string() },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            },
            "schemas": schemas,
            "responses": { "Problem": {
                "description": "The call failed; `code` says why.",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            } },
        },
    });
    format!("{document:#}\n")
}

fn path_item(path: &LogicPath, logic: &ClientLogic) -> Value {
    let mut item = json!({ "post": operation(path, logic, "") });
    item["post"]["requestBody"] = json!({
        "required": logic.params.values().any(|param| param.required),
        "content": { "application/json": { "schema": params_schema(logic) } },
    });
    if logic.get {
        item["get"] = operation(path, logic, ".get");
        item["get"]["parameters"] = query_parameters(logic);
    }
    item
}

fn operation(path: &LogicPath, logic: &ClientLogic, suffix: &str) -> Value {
    let tag = path.segments().next().unwrap_or_default();
    let mut operation = json!({
        "operationId": format!("{}{suffix}", path.as_str().replace('/', ".")),
        "tags": [tag],
        "responses": responses(logic),
        // A token is always accepted; whether one is needed the answer 401 says.
        "security": [{ "bearer": [] }, {}],
    });
    if let Some(description) = &logic.description {
        operation["description"] = description.as_str().into();
    }
    operation
}

fn responses(logic: &ClientLogic) -> Value {
    let mut responses = Map::new();
    if logic.returns == Returns::None {
        responses.insert("204".to_owned(), json!({ "description": "Done." }));
    } else {
        let content = json!({ "application/json": { "schema": schema::result(logic) } });
        responses.insert("200".to_owned(), json!({ "description": "The result.", "content": content }));
    }
    let problem = || json!({ "$ref": "#/components/responses/Problem" });
    for status in ["400", "401", "403", "default"] {
        responses.insert(status.to_owned(), problem());
    }
    if logic.returns == Returns::One {
        responses.insert("404".to_owned(), problem());
    }
    Value::Object(responses)
}

fn params_schema(logic: &ClientLogic) -> Value {
    let properties: Map<String, Value> =
        logic.params.iter().map(|(name, param)| (name.clone(), schema::param(param))).collect();
    let required: Vec<&String> =
        logic.params.iter().filter(|(_, param)| param.required).map(|(name, _)| name).collect();
    let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// Values come as text; arrays and json as JSON text.
fn query_parameters(logic: &ClientLogic) -> Value {
    let parameter = |(name, param): (&String, &stk_contract::Param)| {
        let mut parameter = json!({ "name": name, "in": "query", "required": param.required });
        if let Some(description) = &param.description {
            parameter["description"] = description.as_str().into();
        }
        if matches!(param.kind, ParamType::Json | ParamType::Array(_)) {
            parameter["content"] =
                json!({ "application/json": { "schema": schema::value(&param.kind, &param.checks) } });
        } else {
            parameter["schema"] = schema::value(&param.kind, &param.checks);
        }
        parameter
    };
    logic.params.iter().map(parameter).collect()
}

/// RFC 9457, with what Santokit adds.
fn problem() -> Value {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": format!("{DOCS}CODE") },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "enum": codes },
            "detail": { "type": "string" },
            "requestId": { "type": "string" },
            "constraint": { "type": "string" },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "code", "detail"],
                    "properties": {
                        "pointer": { "type": "string", "format": "json-pointer" },
                        "code": { "type": "string" },
                        "detail": { "type": "string" },
                    },
                },
            },
        },
    })
}
