//! The schema of the configuration, made of the core's table of keys.

use schemars::Schema;
use serde_json::{Map, Value, json};
use wotnot_core::keys::{ConfigKey, ConfigKind, KEYS};

/// The schema of a whole configuration.
pub(super) fn schema() -> Schema {
    let mut root = object("");
    root.insert(
        "$schema".into(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    root.insert("title".into(), "Config".into());
    root.insert(
        "description".into(),
        "The configuration of a client: of the service itself with `token`, of a gateway with `gateway`. All else has defaults.".into(),
    );
    root.insert(
        "oneOf".into(),
        json!([{"required": ["token"]}, {"required": ["gateway"]}]),
    );
    root.into()
}

/// The object in which the keys of this section stand.
fn object(section: &str) -> Map<String, Value> {
    let keys = || KEYS.iter().filter(|key| key.place().0 == section);
    let properties: Map<String, Value> = keys()
        .map(|key| (key.place().1.to_owned(), property(key)))
        .collect();
    let required: Vec<&str> = keys()
        .filter(|key| key.is_required())
        .map(|key| key.place().1)
        .collect();
    let mut object = Map::new();
    object.insert("type".into(), "object".into());
    object.insert("additionalProperties".into(), false.into());
    object.insert("properties".into(), properties.into());
    if !required.is_empty() {
        object.insert("required".into(), required.into());
    }
    object
}

fn property(key: &ConfigKey) -> Value {
    let shape = match key.kind {
        ConfigKind::Text
        | ConfigKind::Secret
        | ConfigKind::Token
        | ConfigKind::File
        | ConfigKind::Proxy => json!({"type": "string"}),
        ConfigKind::Count(least, most) | ConfigKind::Millis(least, most) => {
            json!({"type": "integer", "format": "uint64", "minimum": least, "maximum": most})
        }
        ConfigKind::Flag => json!({"type": "boolean"}),
        ConfigKind::OneOf(words) => json!({"type": "string", "enum": words}),
        ConfigKind::Section => object(key.path).into(),
    };
    // What may be left out may be null too, which counts as absent.
    let mut property = match (key.is_required(), shape["type"].as_str()) {
        (true, _) => shape,
        (false, Some(kind @ ("string" | "integer" | "boolean"))) if shape["enum"].is_null() => {
            let kinds = json!([kind, "null"]);
            let mut shape = shape;
            shape["type"] = kinds;
            shape
        }
        (false, _) => json!({"anyOf": [shape, {"type": "null"}]}),
    };
    property["description"] = key.text.into();
    if let Some(default) = key.default_value() {
        property["default"] = default;
    }
    property
}
