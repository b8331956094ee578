//! `Configuration` of Swift, and the types of its sections.

use wotnot_core::keys::{ConfigKey, ConfigKind};

use super::{Wording, camel, capitalized, keys_of, spelled, wrapped};
use crate::Region;

const FILE: &str = "bindings/swift/Sources/Wotnot/Configuration.swift";
const SECTIONS: [&str; 4] = ["webhook", "retry", "tls", "gateway"];
/// Swift writes abbreviations in capitals.
const CAPITALS: [&str; 4] = ["url", "pem", "http", "tls"];

const WORDING: Wording = Wording {
    name,
    time: spelled,
    absent: "when `nil`",
    notes: &[("log", "`logRecords` gives it.")],
    instead: &[("proxy", "The way out to the service.")],
};

/// The keys of the section `state` stand in its place.
fn name(key: &ConfigKey) -> String {
    match key.path {
        "state" | "state.path" => "statePath".to_owned(),
        "state.key" => "stateKey".to_owned(),
        "allow_http" => "allowsHTTP".to_owned(),
        _ => {
            let name = key.place().1;
            camel(name.strip_suffix("_ms").unwrap_or(name), &CAPITALS)
        }
    }
}

fn settings() -> impl Iterator<Item = &'static ConfigKey> {
    keys_of("").flat_map(|key| match key.path {
        "state" => keys_of("state").collect(),
        _ => vec![key],
    })
}

pub fn regions() -> Vec<Region> {
    let variables = |key| variable(key, "  ");
    let mut all = vec![
        Region::named(FILE, "settings", settings().map(variables).collect()),
        Region::named(FILE, "document", settings().map(member).collect()),
        Region::named(
            FILE,
            "section-documents",
            SECTIONS.map(document_of).concat(),
        ),
    ];
    for section in SECTIONS {
        all.push(Region::named(FILE, section, body(section)));
    }
    all
}

fn variable(key: &'static ConfigKey, indent: &str) -> String {
    let comment = wrapped(&WORDING.text(key), &format!("{indent}/// "), 100).join("\n");
    let declared = match key.kind {
        ConfigKind::Flag => format!("{} = false", name(key)),
        ConfigKind::Proxy => format!("{} = Proxy.environment", name(key)),
        _ => format!("{}: {}", name(key), kind(key)),
    };
    format!("{comment}\n{indent}public var {declared}\n")
}

fn kind(key: &ConfigKey) -> String {
    let kind = match key.kind {
        ConfigKind::Token => "Secret".to_owned(),
        ConfigKind::Text | ConfigKind::Secret | ConfigKind::File => "String".to_owned(),
        ConfigKind::Count(..) => "Int".to_owned(),
        ConfigKind::Millis(..) => "Duration".to_owned(),
        ConfigKind::OneOf(_) => match key.path {
            "log" => "LogLevel".to_owned(),
            "tls.roots" => "Roots".to_owned(),
            _ => "String".to_owned(),
        },
        ConfigKind::Section => type_of(key.path),
        ConfigKind::Flag | ConfigKind::Proxy => String::new(),
    };
    let is_never_nil = key.is_required() && key.path != "state.path" || kind.is_empty();
    match is_never_nil {
        true => kind,
        false => kind + "?",
    }
}

fn type_of(section: &str) -> String {
    match CAPITALS.contains(&section) {
        true => section.to_uppercase(),
        false => capitalized(section),
    }
}

/// The variables of a section, and what sets them all.
fn body(section: &str) -> String {
    let variables: String = keys_of(section).map(|key| variable(key, "    ")).collect();
    let parameters: Vec<String> = keys_of(section)
        .map(|key| {
            let default = match key.kind {
                ConfigKind::Flag => "Bool = false",
                _ if key.is_required() => "",
                _ => " = nil",
            };
            format!("{}: {}{default}", name(key), kind(key))
        })
        .collect();
    let parameters = wrapped(&parameters.join(", "), "      ", 98).join("\n");
    let set: String = keys_of(section)
        .map(|key| format!("      self.{0} = {0}\n", name(key)))
        .collect();
    format!("{variables}\n    public init(\n{parameters}\n    ) {{\n{set}    }}\n")
}

fn document_of(section: &str) -> String {
    let members: String = keys_of(section).map(member).collect();
    format!(
        "extension Configuration.{} {{\n  var json: JSONValue {{\n    .members([\n{members}    ])\n  }}\n}}\n\n",
        type_of(section)
    )
}

/// A member of the JSON form.
fn member(key: &'static ConfigKey) -> String {
    let name = name(key);
    let value = match key.kind {
        _ if key.path == "state.path" => {
            let key = "stateKey.map { .string($0.exposed) } ?? .null";
            return format!(
                "      \"state\": {name}.map {{ [\"path\": .string($0), \"key\": {key}] }},\n"
            );
        }
        _ if key.path == "state.key" => return String::new(),
        ConfigKind::Token if key.is_required() => format!(".string({name}.exposed)"),
        ConfigKind::Token => format!("{name}.map {{ .string($0.exposed) }}"),
        ConfigKind::Text if key.is_required() => format!(".string({name})"),
        ConfigKind::Text | ConfigKind::Secret | ConfigKind::File => {
            format!("{name}.map(JSONValue.string)")
        }
        ConfigKind::Count(..) => format!("{name}.map {{ .integer(Int64($0)) }}"),
        ConfigKind::Millis(..) => format!("{name}.map(JSONValue.milliseconds)"),
        ConfigKind::OneOf(_) if kind(key) == "String?" => format!("{name}.map(JSONValue.string)"),
        ConfigKind::OneOf(_) => format!("{name}.map {{ .string($0.rawValue) }}"),
        ConfigKind::Flag => format!(".bool({name})"),
        ConfigKind::Proxy => format!("{name}.json"),
        ConfigKind::Section => format!("{name}?.json"),
    };
    format!("      \"{}\": {value},\n", key.place().1)
}
