//! `docs/schema/gateway.openapi.yaml` and the table of errors in `docs/gateway.md`: made of the types
//! that the calls answer with, and of the one table of codes. This is a test and no part of the gateway.

mod calls;
pub(crate) mod frames;
mod inputs;

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use self::calls::Call;
use crate::error::ErrorCode;

/// What calls take may lack what they answer with must have.
struct Generators {
    input: SchemaGenerator,
    output: SchemaGenerator,
}

impl Generators {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            input: settings().for_deserialize().into_generator(),
            output: settings().for_serialize().into_generator(),
        }
    }

    fn schemas(mut self) -> Map<String, Value> {
        let mut schemas = self.input.take_definitions(true);
        for (name, schema) in self.output.take_definitions(true) {
            let before = schemas.insert(name.clone(), schema);
            assert!(before.is_none(), "two types are called {name}");
        }
        schemas
    }
}

fn document() -> Value {
    let mut made = Generators::new();
    let calls = calls::all(&mut made);
    made.output.subschema_for::<frames::Refusal>();
    let mut paths = Map::new();
    for call in calls {
        let path = paths.entry(call.path).or_insert_with(|| json!({}));
        path[call.method] = operation(&call);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The gateway",
            "version": "1",
            "description": "What pages, apps and kiosks call. A page's `Origin` must be the one that its \
                session was started from. Unknown fields of answers and unknown types of entries are to be ignored.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {"visitor": {"type": "http", "scheme": "bearer",
                "description": "The token of a session"}},
            "schemas": made.schemas(),
        },
    });
    document.sort_all_objects();
    document
}

fn operation(call: &Call) -> Value {
    let mut operation = json!({"summary": call.summary, "responses": responses(call)});
    if call.token {
        operation["security"] = json!([{"visitor": []}]);
    }
    let mut parameters: Vec<Value> = path_names(call.path)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    parameters.extend(call.query.as_ref().map(query).unwrap_or_default());
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = &call.body {
        operation["requestBody"] =
            json!({"required": true, "content": {(body.kind): {"schema": body.schema}}});
    }
    operation
}

fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn query(schema: &Schema) -> Vec<Value> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    properties
        .into_iter()
        .flatten()
        .map(|(name, property)| {
            let mut schema = property.clone();
            let description = schema
                .as_object_mut()
                .and_then(|it| it.remove("description"));
            // A parameter may be left out; it is never null.
            if let Some(kind) = schema["type"][0].as_str().map(str::to_owned) {
                schema["type"] = kind.into();
            }
            let required = required.is_some_and(|names| names.iter().any(|it| it == name));
            json!({"name": name, "in": "query", "required": required, "schema": schema,
                   "description": description})
        })
        .collect()
}

fn responses(call: &Call) -> Value {
    use ErrorCode::*;

    let mut responses = json!({});
    for answer in &call.answers {
        let content: Map<String, Value> = answer
            .content
            .iter()
            .map(|(kind, schema)| ((*kind).to_owned(), json!({"schema": schema})))
            .collect();
        let mut response = json!({"description": answer.what});
        if !content.is_empty() {
            response["content"] = content.into();
        }
        responses[answer.status.to_string()] = response;
    }
    let of_all: &[ErrorCode] = match call.token {
        true => &[
            Unauthorized,
            TokenExpired,
            TokenRevoked,
            OriginNotAllowed,
            Internal,
            Unavailable,
        ],
        false => &[Internal, Unavailable],
    };
    let mut refused: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in ErrorCode::ALL {
        if call.errors.contains(code) || of_all.contains(code) {
            refused.entry(code.status()).or_default().push(*code);
        }
    }
    for (status, codes) in refused {
        let names: Vec<&str> = codes.iter().map(|code| code.name()).collect();
        let meanings: Vec<String> = codes
            .iter()
            .map(|code| format!("`{}`: {}", code.name(), code.meaning()))
            .collect();
        let mut schema = json!({"allOf": [
            {"$ref": "#/components/schemas/Refusal"},
            {"properties": {"error": {"properties": {"code": {"enum": names}}}}}]});
        let other = &responses[status.to_string()]["content"]["application/json"]["schema"];
        if !other.is_null() {
            schema = json!({"anyOf": [schema, other]});
        }
        responses[status.to_string()] = json!({
            "description": meanings.join("\n\n"),
            "content": {"application/json": {"schema": schema}},
        });
    }
    responses
}

fn table_of_errors() -> String {
    let mut table = "| status | code | what it means |\n| --- | --- | --- |\n".to_owned();
    for code in ErrorCode::ALL {
        let (status, name, meaning) = (code.status(), code.name(), code.meaning());
        table += &format!("| {status} | `{name}` | {meaning} |\n");
    }
    table
}

fn docs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name)
}

/// Compares; writes first where that was asked for.
fn is_fresh(name: &str, made: &str) {
    let path = docs(name);
    if std::env::var("WOTNOT_GENERATE").is_ok_and(|value| value == "1") {
        std::fs::write(&path, made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "docs/{name} is stale; run `cargo xtask generate`"
    );
}

#[test]
fn the_committed_description_is_fresh() {
    let text = serde_saphyr::to_string(&document()).unwrap();
    let read: Value = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(read, document(), "the YAML says something else");
    is_fresh("schema/gateway.openapi.yaml", &text);
}

#[test]
fn the_docs_have_the_table_of_errors() {
    let text = std::fs::read_to_string(docs("gateway.md")).unwrap();
    let (before, rest) = text.split_once("| status | code").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    is_fresh(
        "gateway.md",
        &format!("{before}{}\n{after}", table_of_errors()),
    );
}
