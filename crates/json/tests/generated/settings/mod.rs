//! The typed configurations of the languages that have one, made of the core's table of keys.

mod csharp;
mod go;
mod kotlin;
mod node;
mod python;
mod swift;

use serde_json::Value;
use wotnot_core::keys::{ConfigKey, ConfigKind, KEYS};

use crate::Region;

pub fn regions() -> Vec<Region> {
    let languages = [
        python::regions(),
        node::regions(),
        kotlin::regions(),
        swift::regions(),
        go::regions(),
        csharp::regions(),
    ];
    languages.into_iter().flatten().collect()
}

/// The keys of a section, in the order of the table; those outside of all sections for "".
fn keys_of(section: &str) -> impl Iterator<Item = &'static ConfigKey> {
    KEYS.iter().filter(move |key| key.place().0 == section)
}

/// Those outside of all sections, with the keys of the section `state` in its place.
fn settings() -> impl Iterator<Item = &'static ConfigKey> {
    keys_of("").flat_map(|key| match key.path {
        "state" => keys_of("state").collect(),
        _ => vec![key],
    })
}

/// The sections that are types of their own where those of `state` are not.
const SECTIONS: [&str; 4] = ["webhook", "retry", "tls", "gateway"];

/// The words of a property's name, where the keys of the section `state` stand in its place and times have no unit.
fn words(key: &ConfigKey) -> Vec<String> {
    let name = match key.path.strip_prefix("state.") {
        Some(own) => format!("state_{own}"),
        None => key.place().1.to_owned(),
    };
    let words = name.trim_end_matches("_ms").split('_');
    words.map(str::to_owned).collect()
}

/// How a language writes what is said of a key.
struct Wording {
    /// A key's name in this language.
    name: fn(&ConfigKey) -> String,
    /// A number of milliseconds.
    time: fn(u64) -> String,
    /// What follows a default: `when null`.
    absent: &'static str,
    /// What this language alone has to say of a key, after its text.
    notes: &'static [(&'static str, &'static str)],
    /// What stands in the place of a key's text, where its values are others here.
    instead: &'static [(&'static str, &'static str)],
}

impl Wording {
    /// What a key means, with its default.
    fn text(&self, key: &ConfigKey) -> String {
        if let Some((_, text)) = self.instead.iter().find(|(path, _)| *path == key.path) {
            return (*text).to_owned();
        }
        let mut text = KEYS.iter().fold(key.text.to_owned(), |text, other| {
            text.replace(
                &format!("`{}`", other.path),
                &format!("`{}`", (self.name)(other)),
            )
        });
        let note = self.notes.iter().find(|(path, _)| *path == key.path);
        if let Some((_, note)) = note {
            text += &format!(" {note}");
        }
        if let Some(default) = self.default(key) {
            text += &format!(" {default} {}.", self.absent);
        }
        text
    }

    fn default(&self, key: &ConfigKey) -> Option<String> {
        match (key.kind, key.default_value()?) {
            (ConfigKind::Flag | ConfigKind::Proxy, _) => None,
            (ConfigKind::Millis(..), Value::Number(millis)) => Some((self.time)(millis.as_u64()?)),
            (_, Value::Number(bytes)) if key.path.ends_with("_bytes") => {
                Some(format!("{} MiB", bytes.as_u64()? >> 20))
            }
            (_, Value::Number(number)) => Some(grouped(number.as_u64()?)),
            (_, Value::String(text)) => Some(format!("`{text}`")),
            _ => None,
        }
    }
}

/// `timeout_ms` as `timeoutMs`; the words in `capitals` whole in capitals, but at the start.
fn camel(name: &str, capitals: &[&str]) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| match capitals.contains(&word) {
        true => name + &word.to_uppercase(),
        false => name + &capitalized(word),
    })
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// With a comma before each three digits.
fn grouped(number: u64) -> String {
    match number / 1000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1000),
    }
}

/// `900000` as `15 minutes`.
fn spelled(millis: u64) -> String {
    let counted = |number: u64, unit: &str| match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    };
    match millis {
        0 => "0".to_owned(),
        _ if millis.is_multiple_of(60_000) => counted(millis / 60_000, "minute"),
        _ if millis.is_multiple_of(1000) => counted(millis / 1000, "second"),
        _ => counted(millis, "millisecond"),
    }
}

/// The text in lines of at most `width` characters, each with `indent` before it.
fn wrapped(text: &str, indent: &str, width: usize) -> Vec<String> {
    let mut lines = vec![indent.to_owned()];
    for word in text.split(' ') {
        let line = lines.last_mut().unwrap();
        if line.len() > indent.len() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(format!("{indent}{word}"));
        } else {
            if line.len() > indent.len() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// A comment from `/**` to `*/`, on one line where it fits.
fn block_comment(text: &str, indent: &str, width: usize) -> String {
    let short = format!("{indent}/** {text} */");
    if short.chars().count() <= width {
        return short + "\n";
    }
    let lines = wrapped(text, &format!("{indent} * "), width);
    format!("{indent}/**\n{}\n{indent} */\n", lines.join("\n"))
}

#[test]
fn texts_are_wrapped_and_names_are_made() {
    assert_eq!(camel("connect_timeout_ms", &[]), "connectTimeoutMs");
    assert_eq!(camel("base_url", &["url"]), "baseURL");
    assert_eq!(spelled(900_000), "15 minutes");
    assert_eq!(wrapped("aa bb cc", "# ", 7), ["# aa bb", "# cc"]);
    assert_eq!(block_comment("aa bb", "", 9), "/**\n * aa bb\n */\n");
}
