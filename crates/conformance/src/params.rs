//! Parameters and configurations as a vector means them.

use serde_json::{Map, Value, json};

/// The API token of every vector, unless its configuration has another.
const TOKEN: &str = "fake.jwt.token";

/// Params as a vector means them: `{"$json": X}` becomes the text of X, `{"$repeat": [text, n]}` the
/// text n times.
pub fn expanded(value: &Value) -> Value {
    match value {
        Value::Object(object) if object.len() == 1 => {
            if let Some(inner) = object.get("$json") {
                return inner.to_string().into();
            }
            if let Some((text, times)) = object
                .get("$repeat")
                .and_then(|pair| Some((pair.get(0)?.as_str()?, pair.get(1)?.as_u64()?)))
            {
                return text.repeat(times as usize).into();
            }
            expanded_fields(object)
        }
        Value::Object(object) => expanded_fields(object),
        Value::Array(list) => list.iter().map(expanded).collect(),
        other => other.clone(),
    }
}

fn expanded_fields(object: &Map<String, Value>) -> Value {
    Value::Object(
        object
            .iter()
            .map(|(key, value)| (key.clone(), expanded(value)))
            .collect(),
    )
}

/// The defaults that make vectors fast and free of the environment, with the vector's own over them.
pub(crate) fn config(own: &Map<String, Value>, port: u16) -> Value {
    let mut config = Map::new();
    // What is the account's has no place beside a gateway.
    if !own.contains_key("gateway") {
        config.insert("token".into(), TOKEN.into());
        config.insert("bot_key".into(), "bot-key".into());
        config.insert("base_url".into(), "http://127.0.0.1:${port}".into());
    }
    config.insert("timeout_ms".into(), 20_000.into());
    config.insert(
        "retry".into(),
        json!({"max_attempts": 4, "base_delay_ms": 1, "max_delay_ms": 4}),
    );
    config.insert("proxy".into(), Value::Null);
    for (key, value) in own {
        if value == "$absent" {
            config.remove(key);
        } else {
            config.insert(key.clone(), value.clone());
        }
    }
    with_port(&Value::Object(config), port)
}

fn with_port(value: &Value, port: u16) -> Value {
    match value {
        Value::String(text) => text.replace("${port}", &port.to_string()).into(),
        Value::Array(list) => list.iter().map(|inner| with_port(inner, port)).collect(),
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(key, inner)| (key.clone(), with_port(inner, port)))
                .collect(),
        ),
        other => other.clone(),
    }
}
