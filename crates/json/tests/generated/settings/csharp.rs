//! `Config` of C# and its sections, in `bindings/csharp/src/Config.cs`.

use wotnot_core::keys::{ConfigKey, ConfigKind, KEYS};

use super::{SECTIONS, Wording, capitalized, keys_of, settings, spelled, words, wrapped};
use crate::Region;

const FILE: &str = "bindings/csharp/src/Config.cs";

const WORDING: Wording = Wording {
    name,
    time: spelled,
    absent: "when null",
    notes: &[
        ("log", "<see cref=\"Client.LogRecords\"/> gives it."),
        (
            "webhook.listen",
            "It hands them to <see cref=\"Client.AcceptWebhook\"/>.",
        ),
    ],
    instead: &[(
        "proxy",
        "The URL of an http or https proxy, `env` for what the environment says, or `none`. `env` when null.",
    )],
};

fn name(key: &ConfigKey) -> String {
    words(key).iter().map(|word| capitalized(word)).collect()
}

pub fn regions() -> Vec<Region> {
    let properties = settings().map(property).collect();
    vec![
        Region::named(FILE, "settings", properties),
        Region::named(FILE, "document", document(settings().collect())),
        Region::named(FILE, "sections", SECTIONS.map(class).concat()),
    ]
}

/// A summary, whose names and values between backticks are code.
fn summary(text: &str, indent: &str) -> String {
    let mut is_code = false;
    let mut marked = String::new();
    for (number, piece) in text.split('`').enumerate() {
        if number > 0 {
            is_code = !is_code;
            marked += if is_code { "<c>" } else { "</c>" };
        }
        marked += piece;
    }
    let short = format!("{indent}/// <summary>{marked}</summary>\n");
    if short.len() <= 120 {
        return short;
    }
    let lines = wrapped(&marked, &format!("{indent}/// "), 120).join("\n");
    format!("{indent}/// <summary>\n{lines}\n{indent}/// </summary>\n")
}

/// A property. What must be given is given to the constructor.
fn property(key: &'static ConfigKey) -> String {
    let kind = match key.kind {
        ConfigKind::Count(_, most) if i32::try_from(most).is_ok() => "int?".to_owned(),
        ConfigKind::Count(..) => "long?".to_owned(),
        ConfigKind::Millis(..) => "TimeSpan?".to_owned(),
        ConfigKind::Flag => "bool".to_owned(),
        ConfigKind::Section => name(key),
        _ => "string".to_owned(),
    };
    let is_given = key.is_required() && key.path != "state.path";
    let access = match is_given || matches!(key.path, "token" | "gateway") {
        true => "{ get; }",
        false => "{ get; set; }",
    };
    let text = summary(&WORDING.text(key), "        ");
    format!("{text}        public {kind} {} {access}\n\n", name(key))
}

/// The method that gives the JSON form.
fn document(keys: Vec<&'static ConfigKey>) -> String {
    let members: Vec<String> = keys.into_iter().filter_map(member).collect();
    format!(
        "        internal JsonObject Document() => Client.Given(\n            {});\n",
        members.join(",\n            ")
    )
}

fn member(key: &ConfigKey) -> Option<String> {
    let name = name(key);
    let value = match key.kind {
        _ if key.path == "state.path" => {
            let state = "Client.Given((\"path\", StatePath), (\"key\", StateKey))";
            return Some(format!("(\"state\", StatePath != null ? {state} : null)"));
        }
        _ if key.path == "state.key" => return None,
        ConfigKind::Millis(..) => format!("Client.Millis({name})"),
        ConfigKind::Flag => format!("{name} ? (object)true : null"),
        ConfigKind::Section => format!("{name}?.Document()"),
        ConfigKind::Proxy => format!("{name} == \"none\" ? Client.Null : {name}"),
        _ => name,
    };
    Some(format!("(\"{}\", {value})", key.place().1))
}

/// The whole class of a section.
fn class(section: &str) -> String {
    let key = KEYS.iter().find(|key| key.path == section).unwrap();
    let name = name(key);
    format!(
        "{}    public sealed class {name}\n    {{\n{}{}{}{}    }}\n\n",
        summary(&WORDING.text(key), "    "),
        constructor(section, &name),
        keys_of(section).map(property).collect::<String>(),
        document(keys_of(section).collect()),
        shown(section, &name),
    )
}

/// With what must be given.
fn constructor(section: &str, class: &str) -> String {
    let given: Vec<&ConfigKey> = keys_of(section).filter(|key| key.is_required()).collect();
    if given.is_empty() {
        return String::new();
    }
    let arguments: Vec<String> = given
        .iter()
        .map(|key| format!("string {}", key.place().1))
        .collect();
    let takes: String = given
        .iter()
        .map(|key| format!(" {} = {};", name(key), key.place().1))
        .collect();
    format!(
        "        /// <summary>With what has no default.</summary>\n        public {class}({}) {{{takes} }}\n\n",
        arguments.join(", ")
    )
}

/// `ToString` without secrets, for a section that has any: what must be given, and what of the rest is text.
fn shown(section: &str, class: &str) -> String {
    let is_hidden = |key: &ConfigKey| matches!(key.kind, ConfigKind::Token | ConfigKind::Secret);
    if !keys_of(section).any(is_hidden) {
        return String::new();
    }
    let parts: Vec<String> = keys_of(section)
        .filter_map(|key| match (is_hidden(key), key.kind) {
            (true, _) => key
                .is_required()
                .then(|| format!("{}=[redacted]", name(key))),
            (_, ConfigKind::Text | ConfigKind::File | ConfigKind::OneOf(_)) => {
                Some(format!("{0}={{{0}}}", name(key)))
            }
            _ => None,
        })
        .collect();
    format!(
        "\n        /// <summary>Without secrets.</summary>\n        public override string ToString() => $\"{class}({})\";\n",
        parts.join(", ")
    )
}
