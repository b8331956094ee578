//! `WotnotConfig` of Kotlin and Java, and the classes of its sections.

use wotnot_core::keys::{ConfigKey, ConfigKind, KEYS};

use super::{Wording, block_comment, camel, capitalized, grouped, keys_of, settings};
use crate::Region;

const FILE: &str = "bindings/kotlin/src/main/kotlin/io/github/libwotnot/WotnotConfig.kt";
const SECTIONS: [&str; 4] = ["webhook", "retry", "tls", "gateway"];

const WORDING: Wording = Wording {
    name,
    time: grouped,
    absent: "when null",
    notes: &[("log", "`logRecords` gives it.")],
    instead: &[("proxy", "The way out to the service.")],
};

/// The keys of the section `state` stand in its place.
fn name(key: &ConfigKey) -> String {
    match (key.path, key.place().1.strip_suffix("_ms")) {
        ("state" | "state.path", _) => "statePath".to_owned(),
        ("state.key", _) => "stateKey".to_owned(),
        (_, Some(time)) => camel(time, &[]) + "Millis",
        (_, None) => camel(key.place().1, &[]),
    }
}

pub fn regions() -> Vec<Region> {
    let with: String = settings()
        .filter(|key| key.path != "token")
        .map(copying)
        .collect();
    vec![
        Region::named(FILE, "settings", settings().map(property).collect()),
        Region::named(FILE, "with", with),
        Region::named(FILE, "document", settings().map(member).collect()),
        Region::named(FILE, "sections", SECTIONS.map(class).concat()),
    ]
}

fn property(key: &'static ConfigKey) -> String {
    let comment = block_comment(&WORDING.text(key), "    ", 120);
    format!(
        "{comment}    val {}: {}{},\n",
        name(key),
        kind(key),
        default(key)
    )
}

fn kind(key: &ConfigKey) -> String {
    let kind = match key.kind {
        ConfigKind::Text | ConfigKind::Secret | ConfigKind::Token | ConfigKind::File => {
            "String".to_owned()
        }
        ConfigKind::Count(_, most) if i32::try_from(most).is_ok() => "Int".to_owned(),
        ConfigKind::Count(..) | ConfigKind::Millis(..) => "Long".to_owned(),
        ConfigKind::Flag => return "Boolean".to_owned(),
        ConfigKind::Proxy => return "ProxySetting".to_owned(),
        ConfigKind::OneOf(_) if key.path == "log" => "LogLevel".to_owned(),
        ConfigKind::OneOf(_) => "String".to_owned(),
        ConfigKind::Section => capitalized(key.path),
    };
    match key.is_required() && key.path != "state.path" {
        true => kind,
        false => kind + "?",
    }
}

fn default(key: &ConfigKey) -> &'static str {
    match key.kind {
        ConfigKind::Flag => " = false",
        ConfigKind::Proxy => " = ProxySetting.Environment",
        _ if key.is_required() && key.path != "state.path" => "",
        _ => " = null",
    }
}

/// `withBotKey`, for Java, which has no arguments by name.
fn copying(key: &'static ConfigKey) -> String {
    let (name, kind) = (name(key), kind(key));
    let head = format!(
        "    public fun with{}({name}: {kind}): WotnotConfig =",
        capitalized(&name)
    );
    let body = format!("copy({name} = {name})");
    let between = match head.len() + body.len() < 120 {
        true => " ",
        false => "\n        ",
    };
    format!("    /** These settings with another [{name}]. */\n{head}{between}{body}\n\n")
}

/// A member of the JSON form.
fn member(key: &'static ConfigKey) -> String {
    let name = name(key);
    let value = match key.kind {
        _ if key.path == "state.path" => {
            return format!(
                "        \"state\" to {name}?.let {{ document(\"path\" to it.json(), \"key\" to stateKey.json()) }},\n"
            );
        }
        _ if key.path == "state.key" => return String::new(),
        ConfigKind::Section => format!("{name}?.json()"),
        ConfigKind::Flag => format!("JsonPrimitive(true).takeIf {{ {name} }}"),
        ConfigKind::OneOf(_) if key.path == "log" => format!("{name}?.name?.lowercase().json()"),
        _ => format!("{name}.json()"),
    };
    format!("        \"{}\" to {value},\n", key.place().1)
}

/// The whole class of a section.
fn class(section: &str) -> String {
    let key = KEYS.iter().find(|key| key.path == section).unwrap();
    let name = capitalized(section);
    let properties: String = keys_of(section).map(property).collect();
    let members: String = keys_of(section).map(member).collect();
    let comment = block_comment(&WORDING.text(key), "", 120);
    format!(
        "{comment}public data class {name} @JvmOverloads constructor(\n{properties}) {{\n{}    \
         internal fun json(): JsonObject = document(\n{members}    )\n}}\n\n",
        shown(section)
    )
}

/// `toString` without secrets, for a section that has any.
fn shown(section: &str) -> String {
    let is_hidden = |key: &ConfigKey| matches!(key.kind, ConfigKind::Token | ConfigKind::Secret);
    if !keys_of(section).any(is_hidden) {
        return String::new();
    }
    let parts: Vec<String> = keys_of(section)
        .map(|key| {
            let name = name(key);
            match (is_hidden(key), key.is_required()) {
                (true, true) => format!("{name}=[redacted]"),
                (true, false) => format!("{name}=${{{name}?.let {{ \"[given]\" }}}}"),
                (false, _) => format!("{name}=${name}"),
            }
        })
        .collect();
    let half = parts.len().div_ceil(2);
    format!(
        "    /** Without secrets. */\n    override fun toString(): String =\n        \"{}({}, \" +\n            \"{})\"\n\n",
        capitalized(section),
        parts[..half].join(", "),
        parts[half..].join(", ")
    )
}
