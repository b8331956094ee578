//! `bindings/node/src/config.ts`. Names become the core's at run time, by rule.

use wotnot_core::keys::{ConfigKey, ConfigKind};

use super::{Wording, block_comment, camel, capitalized, grouped, keys_of};
use crate::Region;

const FILE: &str = "bindings/node/src/config.ts";
const SECTIONS: [&str; 5] = ["webhook", "retry", "tls", "state", "gateway"];

const WORDING: Wording = Wording {
    name: |key| camel(key.place().1, &[]),
    time: grouped,
    absent: "by default",
    notes: &[(
        "log",
        "The channel `wotnot:log` of `node:diagnostics_channel` gets the records.",
    )],
    instead: &[(
        "proxy",
        "`\"env\"` (by default), the URL of an http or https proxy, or `null` for none.",
    )],
};

pub fn regions() -> Vec<Region> {
    let sections = SECTIONS.map(|section| {
        let name = interface(section);
        format!("export interface {name} {{\n{}}}\n\n", properties(section))
    });
    vec![
        Region::named(FILE, "settings", properties("")),
        Region::named(FILE, "sections", sections.concat()),
    ]
}

fn interface(section: &str) -> String {
    capitalized(section) + "Options"
}

fn properties(section: &str) -> String {
    let property = |key: &ConfigKey| {
        let comment = block_comment(&WORDING.text(key), "  ", 110);
        let sign = if key.is_required() { ":" } else { "?:" };
        format!("{comment}  {}{sign} {};\n", (WORDING.name)(key), kind(key))
    };
    keys_of(section).map(property).collect()
}

fn kind(key: &ConfigKey) -> String {
    match key.kind {
        ConfigKind::Text | ConfigKind::Secret | ConfigKind::Token | ConfigKind::File => {
            "string".to_owned()
        }
        ConfigKind::Count(..) | ConfigKind::Millis(..) => "number".to_owned(),
        ConfigKind::Flag => "boolean".to_owned(),
        ConfigKind::OneOf(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            words.join(" | ")
        }
        ConfigKind::Proxy => "string | null".to_owned(),
        ConfigKind::Section => interface(key.path),
    }
}
