//! Random changes of real inputs. `WOTNOT_GATEWAY_INPUTS` gives each parser more than the inputs of a test run.

use serde_json::Value;

use super::{config, cursor, event, message, token};

/// Small changes of these texts, each seen by `check`.
fn changed(seeds: &[String], check: impl Fn(&[u8])) {
    const WORDS: [&str; 12] = [
        "null",
        "-1",
        "1e999",
        "\"\"",
        "[]",
        "{}",
        "\\u0000",
        "\u{202e}",
        "https://",
        "\n\n",
        "\"\"\"",
        "99999999999999999999",
    ];
    let count = std::env::var("WOTNOT_GATEWAY_INPUTS").ok();
    let count = count.map_or(3_000, |count| count.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(4711);
    for seed in seeds {
        check(seed.as_bytes());
    }
    for _ in 0..count {
        let seed = &seeds[random.usize(..seeds.len())];
        let mut bytes = seed.clone().into_bytes();
        for _ in 0..random.usize(1..8) {
            let at = random.usize(..=bytes.len());
            let to = random.usize(at..=bytes.len().min(at + 20));
            match random.u8(..5) {
                0 => drop(bytes.drain(at..to)),
                1 => bytes.insert(at, random.u8(..)),
                2 if at < bytes.len() => bytes[at] ^= 1 << random.u8(..8),
                3 => {
                    let part = bytes[at..to].to_vec();
                    let place = random.usize(..=bytes.len());
                    bytes.splice(place..place, part);
                }
                _ => {
                    let word = WORDS[random.usize(..WORDS.len())];
                    bytes.splice(at..to, word.bytes());
                }
            }
        }
        check(&bytes);
    }
}

/// The same for parsers of text.
fn changed_text(seeds: &[String], check: impl Fn(&str)) {
    changed(seeds, |bytes| check(&String::from_utf8_lossy(bytes)));
}

#[test]
fn no_token_counts_that_nobody_signed_and_no_change_of_one_does() {
    let seeds = [
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJzdWIiOiJ2XzEifQ.",
        "AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "\u{0}\u{0}A",
        "0a1b2c",
    ];
    changed(&seeds.map(String::from), token);
}

#[test]
fn any_text_is_a_cursor_of_ours_or_none() {
    changed_text(&["0123456789abcdef.42".to_owned()], cursor);
}

#[test]
fn any_body_is_a_message_that_the_library_takes_or_is_refused() {
    changed_text(&wotnot_conformance::visitor_messages(), message);
}

#[test]
fn any_text_is_a_configuration_or_has_mistakes_with_places() {
    let docs = include_str!("../../../../docs/gateway.md");
    let blocks = docs.split("```toml\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap().to_owned());
    changed_text(&blocks.collect::<Vec<_>>(), config);
}

#[test]
fn any_event_becomes_entries_that_are_whole_or_none() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors");
    let mut seeds = Vec::new();
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    // What a family of its own holds is no event of the service.
    for file in files.filter(|file| file.path().is_file()) {
        let text = std::fs::read_to_string(file.path()).unwrap();
        collect(&serde_json::from_str(&text).unwrap_or_default(), &mut seeds);
    }
    assert!(seeds.len() > 50, "{}", seeds.len());
    changed_text(&seeds, event);
}

/// The elements of every `events` in it.
fn collect(value: &Value, seeds: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let events = fields.get("events").and_then(Value::as_array);
            seeds.extend(events.into_iter().flatten().map(Value::to_string));
            fields.values().for_each(|it| collect(it, seeds));
        }
        Value::Array(values) => values.iter().for_each(|it| collect(it, seeds)),
        _ => {}
    }
}
