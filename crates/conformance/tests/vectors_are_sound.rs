//! The vector files themselves: readable, as the schema says, named by what they show, free of secrets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use wotnot_conformance::Vector;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn texts() -> Vec<(String, String)> {
    let folder = root().join("tests/vectors");
    let read = |name: String| {
        Vector::named(&folder, &name).unwrap();
        let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        (name, text)
    };
    Vector::names(&folder)
        .unwrap()
        .into_iter()
        .map(read)
        .collect()
}

#[test]
fn every_file_of_every_family_is_listed() {
    let folder = root().join("tests/vectors");
    let files = |folder: PathBuf| {
        let paths = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
        paths.filter(|path| path.is_file()).count()
    };
    let (plain, gateway) = (files(folder.clone()), files(folder.join("gateway")));
    let names = Vector::names(&folder).unwrap();
    let of_gateway = names.iter().filter(|name| name.starts_with("gateway/"));
    assert!(plain >= 250 && gateway >= 50, "{plain} and {gateway}");
    assert_eq!(
        (names.len(), of_gateway.count()),
        (plain + gateway, gateway)
    );
}

#[test]
fn every_vector_is_as_the_schema_says_and_can_be_read() {
    let schema = fs::read_to_string(root().join("docs/schema/vector.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, text) in texts() {
        let vector: Value = serde_json::from_str(&text).unwrap();
        if let Err(error) = validator.validate(&vector) {
            panic!("{name}: at {}: {error}", error.instance_path());
        }
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = fs::read_to_string(root().join("docs/schema/vector.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for bad in [
        r#"{}"#,
        r#"{"shows": "A.", "stepps": []}"#,
        r#"{"shows": "A.", "server": [{"brake": {}}]}"#,
        r#"{"shows": "A.", "server": [{"break": {"at": "lunch"}}]}"#,
        r#"{"shows": "A.", "steps": [{"do": "call", "method": "x"}]}"#,
        r#"{"shows": "A.", "steps": [{"do": "dance"}]}"#,
    ] {
        assert!(
            !validator.is_valid(&serde_json::from_str(bad).unwrap()),
            "schema takes {bad}"
        );
        assert!(
            serde_json::from_str::<Vector>(bad).is_err(),
            "reader takes {bad}"
        );
    }
}

#[test]
fn every_vector_is_named_by_what_it_shows_and_does_something() {
    for (name, text) in texts() {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(
            name.trim_start_matches("gateway/").chars().all(allowed),
            "{name}: lower case and underscores"
        );
        let vector: Vector = serde_json::from_str(&text).unwrap();
        assert!(
            !vector.steps.is_empty() || !vector.config.is_empty(),
            "{name}: shows nothing"
        );
        if vector.client["ok"] == false {
            assert!(vector.steps.is_empty(), "{name}: no steps without a client");
        }
    }
}

#[test]
fn no_vector_holds_a_real_token_or_a_foreign_address() {
    for (name, text) in texts() {
        assert!(!text.contains("eyJ"), "{name}: looks like a JWT");
        for host in text.split("://").skip(1) {
            let host: &str = host
                .split(['/', '"', '$', ':', '?', '\\', '<'])
                .next()
                .unwrap();
            let reserved = ["127.0.0.1", "example.com", "service.example"];
            let below = [".example.com", ".invalid"];
            assert!(
                reserved.contains(&host) || below.iter().any(|domain| host.ends_with(domain)),
                "{name}: {host} is a real host"
            );
        }
    }
}

#[test]
fn the_vector_in_the_documentation_can_be_read() {
    let page = fs::read_to_string(root().join("docs/vectors.md")).unwrap();
    let (_, rest) = page.split_once("```json\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let vector: Vector = serde_json::from_str(example).unwrap();
    assert_eq!(vector.server.len(), 2);
}
