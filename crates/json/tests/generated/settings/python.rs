//! The keyword arguments of the Python clients, the classes of the sections, and their JSON form.

use wotnot_core::keys::{ConfigKey, ConfigKind};
use wotnot_core::{MAX_IDLE, MAX_TIMEOUT};

use super::{Wording, capitalized, keys_of, wrapped};
use crate::Region;

const CONFIG: &str = "bindings/python/python/wotnot/_config.py";
const CLIENT: &str = "bindings/python/python/wotnot/_client.py";
const AIO: &str = "bindings/python/python/wotnot/aio.py";
const SECTIONS: [&str; 5] = ["webhook", "retry", "tls", "state", "gateway"];
const WIDTH: usize = 120;

const WORDING: Wording = Wording {
    name: |key| name(key).to_owned(),
    time: |millis| (millis as f64 / 1000.0).to_string(),
    absent: "when `None`",
    notes: &[
        ("log", "The logger `wotnot` receives them."),
        ("timeout_ms", "In seconds;"),
        ("connect_timeout_ms", "In seconds;"),
        ("webhook.idle_ms", "In seconds;"),
        ("retry.base_delay_ms", "In seconds;"),
        ("retry.max_delay_ms", "In seconds;"),
    ],
    instead: &[(
        "proxy",
        "`\"env\"` for what the environment says, the URL of an http or https proxy, or `None` for none.",
    )],
};

/// Times are in seconds.
fn name(key: &ConfigKey) -> &'static str {
    let name = key.place().1;
    name.strip_suffix("_ms").unwrap_or(name)
}

/// All but the token, which comes first and by position.
fn settings() -> impl Iterator<Item = &'static ConfigKey> {
    keys_of("").filter(|key| key.path != "token")
}

pub fn regions() -> Vec<Region> {
    let parameters: String = settings()
        .map(|key| format!("        {}: {} = {},\n", name(key), kind(key), default(key)))
        .collect();
    let pass: String = settings()
        .map(|key| format!("            {0}={0},\n", name(key)))
        .collect();
    let documented: String = settings().map(argument).collect();
    let the_same: String = settings()
        .map(|key| format!("            {}: The same.{}\n", name(key), aio_note(key)))
        .collect();
    let kinds: String = settings()
        .map(|key| format!("    {}: {},\n", name(key), kind(key)))
        .collect();
    vec![
        Region::named(CONFIG, "sections", SECTIONS.map(class).concat()),
        Region::named(CONFIG, "settings", kinds),
        Region::named(CONFIG, "document", documents("")),
        Region::named(
            CONFIG,
            "section-documents",
            SECTIONS.map(document_of).concat(),
        ),
        Region::named(CLIENT, "settings", parameters.clone()),
        Region::named(CLIENT, "pass", indented(&pass)),
        Region::between(
            CLIENT,
            "            token: The account's JWT.",
            "        Raises:",
            documented + "\n",
        ),
        Region::named(AIO, "settings", parameters),
        Region::named(AIO, "pass", pass),
        Region::between(
            AIO,
            "            token: As in `wotnot.Client`",
            "            max_threads: How many",
            the_same,
        ),
    ]
}

/// `Client` hands its settings on within another call.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

fn aio_note(key: &ConfigKey) -> &'static str {
    match key.path {
        "log" => " The logger is called on the thread of the call, not on the loop's.",
        _ => "",
    }
}

/// A line of the docstring's `Args`, as long as it needs.
fn argument(key: &ConfigKey) -> String {
    let text = format!("{}: {}", name(key), WORDING.text(key));
    let mut lines = wrapped(&text, "            ", WIDTH - 4);
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, "    ");
    }
    lines.join("\n") + "\n"
}

fn kind(key: &ConfigKey) -> String {
    let kind = match key.kind {
        ConfigKind::Text | ConfigKind::Secret | ConfigKind::Token | ConfigKind::Proxy => {
            "str".to_owned()
        }
        ConfigKind::File => "str | os.PathLike[str]".to_owned(),
        ConfigKind::Count(..) => "int".to_owned(),
        ConfigKind::Millis(..) => "float".to_owned(),
        ConfigKind::Flag => return "bool".to_owned(),
        ConfigKind::OneOf(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            format!("Literal[{}]", words.join(", "))
        }
        ConfigKind::Section => capitalized(key.path),
    };
    match key.is_required() {
        true => kind,
        false => kind + " | None",
    }
}

fn default(key: &ConfigKey) -> String {
    match (key.kind, key.default_value()) {
        (ConfigKind::Flag, _) => "False".to_owned(),
        (ConfigKind::Proxy, Some(value)) => value.to_string(),
        _ => "None".to_owned(),
    }
}

fn class(section: &str) -> String {
    let key = keys_of("").find(|key| key.path == section).unwrap();
    let name = capitalized(section);
    let fields: String = keys_of(section).map(field).collect();
    format!(
        "@dataclass(frozen=True, slots=True)\nclass {name}:\n{}\n{fields}\n\n",
        docstring(key.text)
    )
}

fn field(key: &ConfigKey) -> String {
    let hidden = matches!(key.kind, ConfigKind::Token | ConfigKind::Secret);
    let default = match (key.is_required(), hidden) {
        _ if key.kind == ConfigKind::Flag => " = False",
        (true, true) => " = field(repr=False)",
        (true, false) => "",
        (false, true) => " = field(default=None, repr=False)",
        (false, false) => " = None",
    };
    let text = docstring(&WORDING.text(key));
    format!("    {}: {}{default}\n{text}", name(key), kind(key))
}

fn docstring(text: &str) -> String {
    let lines = wrapped(&format!("\"\"\"{text}\"\"\""), "    ", WIDTH);
    lines.join("\n") + "\n"
}

fn document_of(section: &str) -> String {
    let name = capitalized(section);
    format!(
        "def _{section}({section}: {name} | None) -> dict[str, Any] | None:\n    if {section} is None:\n        \
         return None\n    return given(\n{}    )\n\n\n",
        documents(section)
    )
}

/// The members of the JSON form of a section.
fn documents(section: &str) -> String {
    let member = |key: &'static ConfigKey| {
        let own = match section {
            "" => name(key).to_owned(),
            section => format!("{section}.{}", name(key)),
        };
        let value = match key.kind {
            ConfigKind::Millis(1, _) => format!("millis({own}, \"{own}\")"),
            ConfigKind::Millis(_, most) => format!("_span({own}, \"{own}\", {})", longest(most)),
            ConfigKind::File => format!("_path({own}, \"{own}\")"),
            ConfigKind::Flag => format!("{own} or None"),
            ConfigKind::Section => format!("_{own}({own})"),
            // None is a value of its own there.
            ConfigKind::Proxy => return String::new(),
            _ => own.clone(),
        };
        format!("        {}={value},\n", key.place().1)
    };
    keys_of(section).map(member).collect()
}

/// The longest time, as the native layer names it.
fn longest(millis: u64) -> String {
    match millis {
        _ if millis == MAX_IDLE.as_millis() as u64 => "_native.MAX_IDLE".to_owned(),
        _ if millis == MAX_TIMEOUT.as_millis() as u64 => "_native.MAX_TIMEOUT".to_owned(),
        _ => (millis / 1000).to_string(),
    }
}
