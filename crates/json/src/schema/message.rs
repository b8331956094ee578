//! The shape of a message, one for each type: what the client's own check takes, as far as a schema can say it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

/// The vendor's own message object.
#[derive(Serialize)]
pub(super) struct Message;

impl JsonSchema for Message {
    fn schema_name() -> Cow<'static, str> {
        "Message".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The vendor's own message object.",
            "anyOf": [
                known("text", "What the visitor wrote.", text()),
                known("slider.response", "The value of a slider.", slider()),
                known("file_upload.response", "Files that you host.", files()),
                known("javascript.response", "The variables that a script returned.", javascript()),
                known("button.response", "The button that was picked, copied from the prompt.", button()),
                known("form.response", "A form that was filled in.", form()),
                unchecked(),
            ],
        })
    }
}

/// The largest and smallest number that 64 bits hold: what has more digits would lose some.
const LEAST: i64 = i64::MIN;
const MOST: u64 = u64::MAX;

fn known(kind: &str, description: &str, data: Value) -> Value {
    object(
        description,
        json!({
            "type": {"description": "The type.", "const": kind},
            "data": data,
            "unchecked": {"description": "Sends the data as it is.", "type": ["boolean", "null"]},
        }),
        &["type", "data"],
    )
}

fn unchecked() -> Value {
    object(
        "Any other message, sent as it is.",
        json!({
            "type": {"description": "The type.", "type": "string", "pattern": "\\S"},
            "data": {"description": "The fields of this type.", "type": "object"},
            "unchecked": {"description": "Sends a type that the library does not know as it is.", "const": true},
        }),
        &["type", "data", "unchecked"],
    )
}

fn object(description: &str, properties: Value, required: &[&str]) -> Value {
    json!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn some_text(description: &str) -> Value {
    json!({"description": description, "type": "string", "pattern": "\\S"})
}

fn optional_text(description: &str) -> Value {
    json!({"description": description, "type": ["string", "null"]})
}

fn text() -> Value {
    object(
        "The data.",
        json!({"body": some_text("The text.")}),
        &["body"],
    )
}

fn slider() -> Value {
    object(
        "The data.",
        json!({
            "value": {"description": "The value.", "type": "number", "minimum": LEAST, "maximum": MOST},
            "body": optional_text("The value as people write it; made from `value` when absent."),
            "callback": optional_text("What the prompt says."),
        }),
        &["value"],
    )
}

fn files() -> Value {
    let file = object(
        "One file.",
        json!({
            "link": {
                "description": "Where the service can fetch it: an absolute http or https URL.",
                "type": "string",
                "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]",
            },
            "path": optional_text("The local file behind the link; only its name is used."),
            "filename": optional_text("The name to show; made from the path or the link when absent."),
            "mime_type": optional_text("Such as `image/png`; made from the extension when absent."),
            "extension": optional_text("Without the dot; made from the name when absent."),
        }),
        &["link"],
    );
    let files = json!({"description": "The files.", "type": "array", "minItems": 1, "items": file});
    object("The data.", json!({"files": files}), &["files"])
}

fn javascript() -> Value {
    let named = |description: &str| {
        json!({
            "description": description,
            "type": ["array", "null"],
            "items": pair("name", "The name of the variable."),
        })
    };
    let variables = object(
        "What the script returned.",
        json!({
            "contact_variables": named("About the visitor."),
            "non_contact_variables": named("All others."),
        }),
        &[],
    );
    object("The data.", json!({"variables": variables}), &["variables"])
}

fn button() -> Value {
    let index = json!([
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^\+?[0-9]+$"},
    ]);
    object(
        "The data.",
        json!({
            "body": some_text("The label; of several, with commas between."),
            "callback": optional_text("What the button says."),
            "next_dialog": optional_text("What the button says."),
            "key": optional_text("What the button says."),
            "selected_button_index": {
                "description": "The places of several, from 0.",
                "type": ["array", "null"],
                "minItems": 1,
                "items": {"anyOf": index},
            },
        }),
        &["body", "callback", "next_dialog", "key"],
    )
}

fn form() -> Value {
    let fields = json!({
        "description": "What was filled in.",
        "type": "array",
        "minItems": 1,
        "items": pair("label", "The label of the field."),
    });
    object("The data.", json!({"fields": fields}), &["fields"])
}

/// A name and a scalar.
fn pair(key: &str, description: &str) -> Value {
    let mut pair = object(
        "A name and its value.",
        json!({"value": scalar()}),
        &["value", key],
    );
    pair["properties"][key] = some_text(description);
    pair
}

/// A string, a number, true, false or null.
pub(super) fn scalar() -> Value {
    json!({
        "description": "A string, a number, true, false or null.",
        "type": ["string", "number", "boolean", "null"],
        "minimum": LEAST,
        "maximum": MOST,
    })
}
