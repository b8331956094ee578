//! The committed description against a running gateway: the harness holds every answer and every frame
//! of all tests to it.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::harness::{World, call};

pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema");
        let text = std::fs::read_to_string(format!("{folder}/gateway.openapi.yaml")).unwrap();
        serde_saphyr::from_str(&text).unwrap()
    })
}

/// The call that this is, if it is one.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == parts.len()
            && pattern
                .iter()
                .zip(&parts)
                .all(|(expected, part)| expected == part || expected.starts_with('{'))
    };
    let paths = document()["paths"].as_object().unwrap();
    // `/v1/sessions/refresh` is no other path's variable part: exact ones come first.
    paths
        .get(path)
        .or_else(|| {
            paths
                .iter()
                .find(|(pattern, _)| fits(pattern))
                .map(|(_, item)| item)
        })?
        .get(method.to_ascii_lowercase())
}

fn validate(schema: &Value, value: &Value, what: &str) {
    static READY: OnceLock<Mutex<HashMap<String, &'static Validator>>> = OnceLock::new();
    let validator: &Validator = {
        let mut ready = READY
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        ready.entry(schema.to_string()).or_insert_with(|| {
            let components = &document()["components"];
            let whole = json!({"components": components, "allOf": [schema]});
            Box::leak(Box::new(jsonschema::validator_for(&whole).unwrap()))
        })
    };
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{what}: {faults:#?} in {value:#}");
}

/// Holds an answer to the description.
pub fn check_answer(method: &str, url: &str, status: u16, kind: Option<&str>, body: &Value) {
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let path = format!("/{}", path.split(['?', '#']).next().unwrap_or_default());
    let Some(operation) = operation(method, &path) else {
        return;
    };
    let what = format!("{method} {path}: {status}");
    let response = &operation["responses"][status.to_string()];
    assert!(response.is_object(), "{what} is not described: {body:#}");
    match (&response["content"], kind) {
        (Value::Null, _) => assert_eq!(body, "", "{what}"),
        (content, Some("application/json")) => {
            validate(&content["application/json"]["schema"], body, &what);
        }
        (content, kind) => {
            let kind = kind.unwrap_or_default();
            let described = content[kind].is_object() || content["*/*"].is_object();
            assert!(described, "{what}: {kind} is not described");
        }
    }
}

/// Holds the data of a frame to the description.
pub fn check_frame(data: &Value) {
    validate(
        &json!({"$ref": "#/components/schemas/Frame"}),
        data,
        "a frame",
    );
}

#[test]
fn every_call_that_is_described_is_there() {
    let world = World::new();
    let paths = document()["paths"].as_object().unwrap();
    for (path, item) in paths {
        for method in item.as_object().unwrap().keys() {
            let method = method.to_ascii_uppercase();
            let url = world.url(&path.replace(['{', '}'], ""));
            let body = matches!(method.as_str(), "POST" | "PUT" | "PATCH").then_some("[]");
            let answer = call(&method, &url, &[("origin", crate::harness::ORIGIN)], body);
            // A link without its query is a mistake before it is a file that is not there.
            let missing = matches!(answer.status, 404 | 405);
            assert!(!missing, "{method} {path}: {}", answer.status);
        }
    }
}

#[test]
fn a_body_that_the_description_refuses_is_refused() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    for (call, bodies) in [
        (
            "/v1/sessions".to_owned(),
            vec![json!([]), json!({"site": 3}), json!({"sight": "shop"})],
        ),
        (
            "/v1/conversations".to_owned(),
            vec![json!({}), json!({"client_id": "a b", "text": "x"})],
        ),
        (
            format!("{path}/messages"),
            vec![
                json!({"client_id": "m"}),
                json!({"client_id": "m", "text": "a", "option": "o1"}),
                json!({"client_id": "m", "text": ""}),
                json!({"client_id": "m", "answer_to": 0, "text": "a"}),
            ],
        ),
        (
            format!("{path}/messages/m1/resolve"),
            vec![json!({"action": "guess"}), json!({})],
        ),
    ] {
        let schema = &operation("POST", &call).unwrap()["requestBody"]["content"]["application/json"]
            ["schema"];
        let whole = json!({"components": document()["components"], "allOf": [schema]});
        let validator = jsonschema::validator_for(&whole).unwrap();
        for body in bodies {
            assert!(!validator.is_valid(&body), "{call} {body}");
            let answer = browser.post(&call, &body);
            let refused = matches!(answer.status, 400 | 422);
            assert!(refused, "{call} {body}: {} {}", answer.status, answer.body);
        }
    }
}

#[test]
fn an_address_that_cannot_be_read_is_refused_as_other_mistakes_are() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    for (query, word) in [
        ("?limit=many", "limit"),
        ("?before=-1", "before"),
        ("?limits=3", "limits"),
        ("/events?wait=x", "wait"),
        ("/transcript?format=pdf", "pdf"),
    ] {
        let answer = browser.get(&format!("{path}{query}"));
        assert_eq!(
            (answer.status, answer.code()),
            (400, "invalid_request"),
            "{query}"
        );
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(word), "{message}");
    }
    for path in [
        "/v1/conversations/%ff",
        "/v1/conversations/%ff/events",
        "/v1/conversations/..%2fx",
    ] {
        let answer = browser.get(path);
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{path}");
    }
}
