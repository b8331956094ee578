//! The table of docs/configuration.md, and that the core reads what its table of keys says.

use serde_json::{Value, json};
use wotnot_core::Config;
use wotnot_core::keys::{ConfigKey, ConfigKind, KEYS};

/// One row for each key.
pub fn table() -> String {
    let rows: String = KEYS.iter().map(row).collect();
    format!(
        "| key | type | default | range | what it does |\n| --- | --- | --- | --- | --- |\n{rows}"
    )
}

fn row(key: &ConfigKey) -> String {
    let (kind, range) = match key.kind {
        ConfigKind::Count(least, most) | ConfigKind::Millis(least, most) => {
            let unit = match key.kind {
                ConfigKind::Millis(..) => " ms",
                _ if key.path.ends_with("_bytes") => " bytes",
                _ => "",
            };
            ("integer".to_owned(), format!("{least} to {most}{unit}"))
        }
        ConfigKind::Flag => ("boolean".to_owned(), String::new()),
        ConfigKind::OneOf(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
            (words.join(", "), String::new())
        }
        ConfigKind::Section => ("object".to_owned(), String::new()),
        _ => ("string".to_owned(), String::new()),
    };
    let default = match key.default_value() {
        Some(value) => format!("`{value}`"),
        None if key.is_required() => "required".to_owned(),
        None if key.path == "token" => "required without `gateway`".to_owned(),
        None => "none".to_owned(),
    };
    let (path, text) = (key.path, key.text);
    format!("| `{path}` | {kind} | {default} | {range} | {text} |\n")
}

/// A configuration in which this key has this value.
fn with(key: &ConfigKey, value: Value) -> Value {
    let mut config = match key.place().0 {
        "gateway" => json!({"gateway": {"url": "http://127.0.0.1:9", "app": "a"}}),
        _ => json!({"token": "t"}),
    };
    match key.place() {
        ("", name) => config[name] = value,
        (section, name) => {
            let needed = KEYS.iter().filter(|key| key.is_required());
            for (_, needed) in needed.map(ConfigKey::place).filter(|it| it.0 == section) {
                config[section][needed] = json!("x");
            }
            config[section][name] = value;
        }
    }
    config
}

#[test]
fn every_key_is_read_as_the_table_says() {
    let read = |key: &ConfigKey, value: Value| {
        Config::from_value(with(key, value))
            .map(drop)
            .map_err(|error| error.message().to_owned())
    };
    for key in KEYS {
        let (right, wrong) = match key.kind {
            ConfigKind::Count(least, most) | ConfigKind::Millis(least, most) => (
                vec![json!(least), json!(most)],
                vec![json!(most + 1), json!(least as i64 - 1), json!("1")],
            ),
            ConfigKind::Flag => (vec![json!(true), json!(false)], vec![json!("true")]),
            ConfigKind::OneOf(words) => (
                words.iter().map(|word| json!(word)).collect(),
                vec![json!("no such word"), json!(1)],
            ),
            ConfigKind::Section => continue,
            _ if key.path == "webhook.listen" => {
                (vec![json!("127.0.0.1:0")], vec![json!("x"), json!(1)])
            }
            _ => (vec![json!("x")], vec![json!(1), json!({})]),
        };
        for value in right {
            assert_eq!(read(key, value.clone()), Ok(()), "{} {value}", key.path);
        }
        for value in wrong {
            let message = read(key, value.clone()).unwrap_err();
            assert!(
                message.starts_with(key.path),
                "{} {value}: {message}",
                key.path
            );
        }
    }
}
