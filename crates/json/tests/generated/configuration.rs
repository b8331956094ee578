//! The table of docs/configuration.md, made of the configuration's schema.

use serde_json::Value;
use wotnot_json::schema;

/// One row for each key.
pub fn table() -> String {
    let (_, schema) = schema::all()
        .into_iter()
        .find(|(name, _)| *name == "config")
        .unwrap();
    let schema = schema.to_value();
    let mut table =
        "| key | type | default | range | |\n| --- | --- | --- | --- | --- |\n".to_owned();
    add_rows(&mut table, "", &schema, &schema);
    table
}

/// One row for each key; those of an object follow its own.
fn add_rows(table: &mut String, prefix: &str, object: &Value, root: &Value) {
    let is_required = |name: &str| {
        let required = object.get("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|one| one == name))
    };
    for (name, property) in object["properties"].as_object().unwrap() {
        let key = format!("{prefix}{name}");
        let shape = resolved(property, root);
        let default = match property.get("default") {
            Some(default) => format!("`{default}`"),
            None if is_required(name) => "required".to_owned(),
            None => "none".to_owned(),
        };
        let text = property["description"].as_str().unwrap().replace('\n', " ");
        table.push_str(&format!(
            "| `{key}` | {} | {default} | {} | {text} |\n",
            kind(shape),
            range(shape)
        ));
        if shape.get("properties").is_some() {
            add_rows(table, &format!("{key}."), shape, root);
        }
    }
}

/// What an optional property holds when it is there.
fn resolved<'a>(property: &'a Value, root: &'a Value) -> &'a Value {
    let property = match property.get("anyOf").and_then(Value::as_array) {
        Some(choices) => &choices[0],
        None => property,
    };
    match property.get("$ref").and_then(Value::as_str) {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => property,
    }
}

fn kind(shape: &Value) -> String {
    if let Some(names) = shape.get("enum").and_then(Value::as_array) {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        return names.join(", ");
    }
    let kind = match &shape["type"] {
        Value::Array(kinds) => &kinds[0],
        kind => kind,
    };
    kind.as_str().unwrap().to_owned()
}

fn range(shape: &Value) -> String {
    match (shape.get("minimum"), shape.get("maximum")) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        _ => String::new(),
    }
}
