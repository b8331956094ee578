//! The committed schemas are fresh, and agree with what the library takes and gives.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use jsonschema::Validator;
use play::play;
use serde_json::{Value, json};
use wotnot_conformance::Vector;
use wotnot_json::{Client, schema};

mod play;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema")
}

fn schemas() -> BTreeMap<&'static str, Value> {
    schema::all()
        .into_iter()
        .map(|(name, schema)| (name, schema.to_value()))
        .collect()
}

#[test]
fn the_committed_schemas_are_fresh() {
    for (name, schema) in schemas() {
        let path = folder().join(format!("{name}.schema.json"));
        let made = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var("WOTNOT_GENERATE").is_ok_and(|value| value == "1") {
            std::fs::write(&path, &made).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == made,
            "{} is stale; run `cargo xtask generate`",
            path.display()
        );
    }
}

/// An object that gives every property of a schema a value of its type.
fn fill(schema: &Value, root: &Value) -> Value {
    let schema = match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        return fill(&choices[0], root);
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(names) = schema.get("enum").and_then(Value::as_array) {
        return names[0].clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds[0].as_str(),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, property)| (name.clone(), fill(property, root)))
            .collect(),
        Some("integer") => json!(schema.get("minimum").and_then(Value::as_u64).unwrap_or(1)),
        Some("boolean") => json!(true),
        _ => json!("x"),
    }
}

/// Each field that a schema names is asked for by the reader: none of them is `unknown field`.
#[test]
fn every_field_of_the_input_schemas_is_one_that_is_read() {
    let client = Client::from_value(json!({"token": "t", "base_url": "http://127.0.0.1:9",
        "webhook": {"token": "w"}}))
    .unwrap();
    let schemas = schemas();
    let call = |method: &str, params: Value| match client.call_value(method, params, None).body {
        Ok(_) => String::new(),
        Err(error) => error.message,
    };
    let new = |config: Value| match Client::from_value(config) {
        Ok(_) => String::new(),
        Err(error) => error.message().to_owned(),
    };
    for (name, answer) in [
        ("config", &new as &dyn Fn(Value) -> String),
        ("start_conversation.params", &|params| {
            call("start_conversation", params)
        }),
        ("send_message.params", &|params| {
            call("send_message", params)
        }),
        ("open_conversation.params", &|params| {
            call("open_conversation", params)
        }),
        ("converse.params", &|params| call("converse", params)),
        ("answer.params", &|params| call("answer", params)),
        ("public_event.params", &|params| {
            call("public_event", params)
        }),
        ("forget.params", &|params| call("forget", params)),
        ("resolve.params", &|params| call("resolve", params)),
        ("transcript.params", &|params| call("transcript", params)),
        ("set_identity.params", &|params| {
            call("set_identity", params)
        }),
        ("upload.params", &|params| call("upload", params)),
        ("set_app_state.params", &|params| {
            call("set_app_state", params)
        }),
        ("receive.params", &|params| call("receive", params)),
        ("wait.params", &|params| call("wait", params)),
        ("cancel.params", &|params| call("cancel", params)),
        ("webhook.params", &|params| call("parse_webhook", params)),
    ] {
        let schema = &schemas[name];
        let full = fill(schema, schema);
        for (path, mut value) in spoiled(&full) {
            // Whatever else is wrong with made-up values, no field is unknown ...
            let message = answer(value.clone());
            assert!(!message.contains("unknown field"), "{name}: {message}");
            // ... while one that the schema does not name is.
            let object = value
                .pointer_mut(&path)
                .and_then(Value::as_object_mut)
                .unwrap();
            object.insert("zzz_not_a_field".into(), json!(1));
            let validator = jsonschema::validator_for(schema).unwrap();
            assert!(
                !validator.is_valid(&value),
                "{name} takes any field at {path}"
            );
        }
    }
}

/// The document itself and a pointer to each closed object inside of it.
fn spoiled(full: &Value) -> Vec<(String, Value)> {
    let mut places = vec![(String::new(), full.clone())];
    for (name, value) in full.as_object().into_iter().flatten() {
        if value.as_object().is_some_and(|object| !object.is_empty()) {
            places.push((format!("/{name}"), full.clone()));
        }
    }
    places
}

#[test]
fn every_result_of_the_vectors_fits_its_schema() {
    let validators: BTreeMap<&str, Validator> = schemas()
        .into_iter()
        .map(|(name, schema)| (name, jsonschema::validator_for(&schema).unwrap()))
        .collect();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let (mut checked, mut refused) = (0, 0);
    let mut disagreements = Vec::new();
    for name in Vector::names(&folder).unwrap() {
        let vector = Vector::named(&folder, &name).unwrap();
        let verdict = play(vector, |step, result, _| {
            match disagreement(step, result, &validators) {
                Some(problem) => disagreements.push(format!("{name}: {problem}")),
                None => refused += usize::from(result["error"]["code"] == "invalid_argument"),
            }
            let schema = match (result["ok"].as_bool(), step["do"].as_str()) {
                (Some(false), _) => "error".to_owned(),
                (_, Some("call")) => format!("{}.result", step["method"].as_str().unwrap()),
                (_, Some("receive")) => "receive.result".to_owned(),
                _ => return,
            };
            let validator = &validators[schema.as_str()];
            if let Err(error) = validator.validate(result) {
                panic!("{name}: {error} at {}: {result}", error.instance_path());
            }
            checked += 1;
        });
        assert!(verdict.failure.is_none(), "{name}: {:?}", verdict.failure);
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    assert!(checked > 100, "only {checked} results were checked");
    assert!(refused > 30, "only {refused} refused calls were checked");
}

/// What the library takes fits the schema of its parameters, and what it refuses for them does not, where a
/// schema can say so; else what is wrong.
fn disagreement(
    step: &Value,
    result: &Value,
    validators: &BTreeMap<&str, Validator>,
) -> Option<String> {
    let method = step["method"].as_str().unwrap_or_default();
    let validator = validators.get(format!("{method}.params").as_str())?;
    let params = &step["params"];
    let fits = validator.is_valid(params);
    if result["ok"] == true {
        return (!fits).then(|| format!("the schema refuses {params}"));
    }
    // What depends on the client, on another call, on two fields at once, or on what `answer` was asked.
    let beyond_schemas = [
        "webhook:",
        "bot_key:",
        "call_id: a call with this id",
        "conversation_id: another call",
        "visitor_id: this visitor",
        "visitor_id: missing",
        "visitor_id: give either",
        "client_id: only a gateway",
        "queue: only a gateway",
        "gateway: this client",
        "path: /no",
        "if_known: ",
    ];
    let message = result["error"]["message"].as_str().unwrap_or_default();
    // Of a message that is sent as it is, a schema cannot tell how long its numbers are.
    let is_unchecked = params["message"]["unchecked"] == true;
    let is_beyond = method == "answer"
        || is_unchecked
        || beyond_schemas
            .iter()
            .any(|begin| message.starts_with(begin));
    let refused = result["error"]["code"] == "invalid_argument" && !is_beyond;
    (refused && fits).then(|| format!("the schema takes {params}: {message}"))
}
