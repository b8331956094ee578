//! `Config` of Go and its sections, in `bindings/go/config.go`.

use wotnot_core::keys::{ConfigKey, ConfigKind, KEYS};

use super::{SECTIONS, Wording, capitalized, keys_of, settings, spelled, words, wrapped};
use crate::Region;

const FILE: &str = "bindings/go/config.go";

const WORDING: Wording = Wording {
    name,
    time: spelled,
    absent: "by default",
    notes: &[
        ("log", "[Client.LogRecords] gives it."),
        ("webhook.listen", "It hands them to [Client.AcceptWebhook]."),
    ],
    instead: &[(
        "proxy",
        "The URL of an http or https proxy, \"env\" for what the environment says (by default), or \"none\".",
    )],
};

/// The words that Go writes in capitals.
const CAPITALS: [&str; 6] = ["ca", "http", "id", "pem", "tls", "url"];

fn name(key: &ConfigKey) -> String {
    let words = words(key).into_iter();
    let written = words.map(|word| match CAPITALS.contains(&word.as_str()) {
        true => word.to_uppercase(),
        false => capitalized(&word),
    });
    written.collect()
}

pub fn regions() -> Vec<Region> {
    let fields = settings().map(field).collect();
    let document = settings().map(|key| put(key, "c")).collect();
    vec![
        Region::named(FILE, "settings", fields),
        Region::named(FILE, "document", document),
        Region::named(FILE, "sections", SECTIONS.map(section).concat()),
    ]
}

/// Go's comments are plain text.
fn comment(text: &str, indent: &str) -> String {
    wrapped(&text.replace('`', ""), &format!("{indent}// "), 120).join("\n") + "\n"
}

fn field(key: &'static ConfigKey) -> String {
    let kind = match key.kind {
        ConfigKind::Count(_, most) if i32::try_from(most).is_ok() => "int".to_owned(),
        ConfigKind::Count(..) => "int64".to_owned(),
        ConfigKind::Millis(..) => "time.Duration".to_owned(),
        ConfigKind::Flag => "bool".to_owned(),
        ConfigKind::Section => format!("*{}", name(key)),
        _ => "string".to_owned(),
    };
    format!(
        "{}\t{} {kind}\n",
        comment(&WORDING.text(key), "\t"),
        name(key)
    )
}

/// Puts the value of a field, where it is set, into the JSON form.
fn put(key: &'static ConfigKey, of: &str) -> String {
    let (name, own) = (format!("{of}.{}", name(key)), key.place().1);
    let (value, is_set) = match key.kind {
        // Where both are missing, the library names the token.
        _ if key.path == "token" => (
            name.clone(),
            format!("{name} != \"\" || {of}.Gateway == nil"),
        ),
        _ if key.path == "state.path" => (format!("{of}.state()"), format!("{name} != \"\"")),
        _ if key.path == "state.key" => return String::new(),
        _ if key.is_required() => (name, "true".to_owned()),
        ConfigKind::Count(..) => (name.clone(), format!("{name} != 0")),
        ConfigKind::Millis(..) => (format!("millis({name})"), format!("{name} != 0")),
        ConfigKind::Flag => ("true".to_owned(), name),
        ConfigKind::Section => (format!("{name}.document()"), format!("{name} != nil")),
        ConfigKind::Proxy => (format!("proxy({name})"), format!("{name} != \"\"")),
        _ => (name.clone(), format!("{name} != \"\"")),
    };
    let own = match key.path {
        "state.path" => "state",
        _ => own,
    };
    format!("\tput(\"{own}\", {value}, {is_set})\n")
}

/// The whole type of a section. A nil one has no JSON form.
fn section(section: &str) -> String {
    let key = KEYS.iter().find(|key| key.path == section).unwrap();
    let name = name(key);
    let text = format!("{name} is a section of [Config]. {}", WORDING.text(key));
    let fields: String = keys_of(section).map(field).collect();
    let of = &section[..1];
    let puts: String = keys_of(section).map(|key| put(key, of)).collect();
    format!(
        "{}type {name} struct {{\n{fields}}}\n\nfunc ({of} *{name}) document() map[string]any {{\n\tif {of} == nil {{\n\t\t\
         return nil\n\t}}\n\tdocument, put := newDocument()\n{puts}\treturn document\n}}\n\n",
        comment(&text, "")
    )
}
