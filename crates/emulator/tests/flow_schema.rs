//! The published JSON Schema of flow files: fresh, and of one mind with the parser.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wotnot_emulator::flow::{BLOCK_TYPES, check, schema};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema().unwrap()).unwrap();
    jsonschema::draft7::new(&schema).unwrap()
}

/// Whether the schema takes a flow of this one block, and whether the parser reads it.
fn verdicts(validator: &jsonschema::Validator, block: &Value) -> (bool, bool) {
    let flow = json!({"bot": {"name": "A", "key": "b"}, "start": "a", "blocks": {"a": block}});
    // JSON is YAML.
    (
        validator.is_valid(&flow),
        check("f.yaml", &flow.to_string()).flow.is_some(),
    )
}

#[test]
fn the_published_schema_is_what_the_types_say() {
    let path = root().join("docs/schema/flow.schema.json");
    if std::env::var_os("WOTNOT_GENERATE").is_some() {
        std::fs::write(&path, schema().unwrap()).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert!(
        published == schema().unwrap(),
        "docs/schema/flow.schema.json is stale: run `cargo xtask generate`"
    );
}

#[test]
fn every_sample_flow_is_valid() {
    let validator = validator();
    let mut samples = 0;
    for entry in std::fs::read_dir(root().join("flows")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let flow: Value =
                serde_saphyr::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            if let Err(error) = validator.validate(&flow) {
                panic!("{}: {} at {}", path.display(), error, error.instance_path());
            }
            samples += 1;
        }
    }
    assert!(samples >= 6, "{samples}");
}

#[test]
fn the_schema_and_the_parser_agree_on_what_a_block_may_say() {
    let validator = validator();
    for (block, good) in [
        (
            json!({"type": "message", "text": "Hi", "media": [{"type": "image", "link": "https://example.com/a.png"}], "next": "a"}),
            true,
        ),
        (json!({"type": "message", "txt": "Hi"}), false),
        (json!({"type": "message", "text": 5}), false),
        (json!({"type": "massage", "text": "Hi"}), false),
        (json!({"text": "Hi"}), false),
        (
            json!({"type": "input", "text": "A", "format": "regex", "pattern": "^a", "attempts": 2, "else": "a", "save_to": "contact.x"}),
            true,
        ),
        (
            json!({"type": "input", "text": "A", "format": "colour"}),
            false,
        ),
        (
            json!({"type": "input", "text": "A", "save_to": "system.x"}),
            false,
        ),
        (json!({"type": "input", "text": "A", "save_to": "x"}), false),
        (json!({"type": "input"}), false),
        (
            json!({"type": "buttons", "text": "A", "buttons": [{"title": "B", "url": "https://example.com"}]}),
            true,
        ),
        (
            json!({"type": "buttons", "text": "A", "buttons": [{"label": "B"}]}),
            false,
        ),
        (
            json!({"type": "carousel", "cards": [{"title": "A", "buttons": [{"title": "B"}]}]}),
            true,
        ),
        (
            json!({"type": "slider", "text": "A", "min": 0.5, "max": 3}),
            true,
        ),
        (
            json!({"type": "slider", "text": "A", "min": "0", "max": 3}),
            false,
        ),
        (
            json!({"type": "file_upload", "text": "A", "accept": ["image/*", ".pdf"], "max_size": "5 MB"}),
            true,
        ),
        (
            json!({"type": "file_upload", "text": "A", "max_size": "5 GB"}),
            false,
        ),
        (
            json!({"type": "form", "text": "A", "fields": [{"label": "B", "type": "choice", "options": ["C"], "required": false}]}),
            true,
        ),
        (
            json!({"type": "calendar", "text": "A", "earliest": "today", "latest": "2026-12-31", "format": "MM/DD/YYYY"}),
            true,
        ),
        (
            json!({"type": "calendar", "text": "A", "earliest": "tomorrow"}),
            false,
        ),
        (
            json!({"type": "javascript", "code": "1", "variables": ["contact.x"]}),
            true,
        ),
        (
            json!({"type": "condition", "when": [{"variable": "system.x", "equals": true, "next": "a"}], "else": "a"}),
            true,
        ),
        (
            json!({"type": "condition", "when": [{"variable": "system.x", "is": true, "next": "a"}]}),
            false,
        ),
        (json!({"type": "jump", "to": "a"}), true),
        (json!({"type": "jump", "bot": "shop"}), true),
        (json!({"type": "jump", "bot": "shop", "to": "x"}), true),
        (json!({"type": "jump", "bot": "shop", "group": "x"}), true),
        (json!({"type": "jump"}), false),
        (json!({"type": "jump", "to": "a", "group": "g"}), false),
        (
            json!({"type": "buttons", "text": "A", "buttons": [{"title": "B", "callback": "7"}], "save_callback_to": "contact.x"}),
            true,
        ),
        (
            json!({"type": "condition", "when": [{"variable": "visit.url", "contains": "x", "next": "a"}]}),
            true,
        ),
        (
            json!({"type": "condition", "when": [{"variable": "visit.page", "contains": "x", "next": "a"}]}),
            false,
        ),
        (
            json!({"type": "set_variable", "variable": "contact.x", "value": 1}),
            true,
        ),
        (
            json!({"type": "set_variable", "variable": "contact.x", "value": [1]}),
            false,
        ),
        (json!({"type": "delay", "seconds": 1}), true),
        (json!({"type": "talk_to_human"}), true),
        (json!({"type": "end", "text": "Bye"}), true),
        (json!({"type": "end", "next": "a"}), false),
    ] {
        let (by_schema, by_parser) = verdicts(&validator, &block);
        assert_eq!(by_schema, good, "schema: {block}");
        // An unknown field is a finding, but the rest of the block is still read.
        let clean = check(
            "f.yaml",
            &json!({"bot": {"name": "A", "key": "b"}, "start": "a", "blocks": {"a": block}})
                .to_string(),
        );
        let misread = clean.findings.iter().any(|finding| {
            matches!(
                finding.code.as_str(),
                "unknown_field" | "missing_field" | "wrong_type" | "bad_value" | "unknown_type"
            )
        });
        assert_eq!(
            !misread && by_parser,
            good,
            "parser: {block}: {:?}",
            clean.findings
        );
    }
}

#[test]
fn the_schema_and_the_parser_agree_on_groups_and_triggers() {
    let validator = validator();
    let flow = |more: &str| {
        let text = format!(
            r#"{{"bot": {{"name": "A", "key": "b"}}, "start": "a", "blocks": {{"a": {{"type": "end"}}}}, {more}}}"#
        );
        let flow: Value = serde_json::from_str(&text).unwrap();
        (validator.is_valid(&flow), check("f.yaml", &text))
    };
    for (more, good) in [
        (
            r#""groups": {"g": {"start": "b", "blocks": {"b": {"type": "end"}}}}"#,
            true,
        ),
        (r#""groups": {"g": {"start": "b"}}"#, false),
        (
            r#""groups": {"g": {"blocks": {"b": {"type": "end"}}}}"#,
            false,
        ),
        (r#""groups": [{"start": "b"}]"#, false),
        (
            r#""groups": {"g": {"start": "b", "blocks": {"b": {"type": "bend"}}}}"#,
            false,
        ),
        (
            r#""trigger": [{"variable": "visit.url", "contains": "x", "next": "a"}]"#,
            true,
        ),
        (
            r#""trigger": [{"all": [{"variable": "visit.date", "after": "today"}], "next": "a"}]"#,
            true,
        ),
        (
            r#""trigger": [{"variable": "visit.url", "contains": "x"}]"#,
            false,
        ),
        (
            r#""trigger": {"variable": "visit.url", "contains": "x", "next": "a"}"#,
            false,
        ),
    ] {
        let (by_schema, checked) = flow(more);
        assert_eq!(by_schema, good, "schema: {more}");
        assert_eq!(
            checked.flow.is_some(),
            good,
            "parser: {more}: {:?}",
            checked.findings
        );
    }
}

#[test]
fn the_schema_names_every_block_type() {
    let text = schema().unwrap();
    for name in BLOCK_TYPES {
        assert!(text.contains(&format!("\"const\": \"{name}\"")), "{name}");
    }
}
