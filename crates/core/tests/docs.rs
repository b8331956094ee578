//! Every example of the pages about errors, messages and events is run.

#![allow(clippy::expect_used, clippy::panic)]

use serde_json::Value;
use wotnot_core::strict::{read_message, read_prompt};
use wotnot_core::{Code, Event, check_message};

const ERRORS: &str = include_str!("../../../docs/errors.md");
const MESSAGES: &str = include_str!("../../../docs/messages.md");
const EVENTS: &str = include_str!("../../../docs/events.md");

/// The fenced blocks of a page: what stands behind the fence, and the JSON inside.
fn blocks(page: &str) -> Vec<(String, Value)> {
    let mut blocks = Vec::new();
    for part in page.split("```json ").skip(1) {
        let (kind, rest) = part.split_once('\n').expect("a fence ends its line");
        let (text, _) = rest.split_once("```").expect("a fence is closed");
        let json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        blocks.push((kind.to_owned(), json));
    }
    blocks
}

#[test]
fn every_code_stands_in_the_table_with_its_number() {
    for code in Code::ALL {
        let row = format!("| {} | `{}` |", code.number(), code.name());
        assert!(ERRORS.contains(&row), "docs/errors.md lacks {row}");
    }
    let rows = ERRORS
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("| `"));
    let numbered = rows.filter(|row| row[2..].starts_with(|c: char| c.is_ascii_digit()));
    assert_eq!(numbered.count(), Code::ALL.len());
}

#[test]
fn the_error_example_agrees_with_the_table() {
    let [(_, example)] = <[_; 1]>::try_from(blocks(ERRORS)).expect("one example");
    let error = &example["error"];
    let code = Code::ALL
        .iter()
        .find(|code| code.name() == error["code"])
        .expect("a known code");
    assert_eq!(error["status"], code.number());
    assert_eq!(error["retryable"], code.is_retryable());
}

#[test]
fn every_message_example_is_sent_or_refused_as_it_says() {
    let blocks = blocks(MESSAGES);
    assert!(blocks.len() >= 12);
    for (kind, message) in blocks {
        let outcome = match kind.ends_with("answer") {
            true => read_prompt(message["prompt"].clone())
                .and_then(|prompt| prompt.answer(message["value"].clone())),
            false => read_message(message.clone()).and_then(check_message),
        };
        match kind.as_str() {
            "message" | "answer" => assert!(outcome.is_ok(), "{outcome:?}: {message}"),
            "refused" | "wrong answer" => assert!(outcome.is_err(), "{message}"),
            other => panic!("unknown kind of block: {other}"),
        }
    }
}

#[test]
fn every_event_example_gives_the_prompt_below_it() {
    let blocks = blocks(EVENTS);
    assert_eq!(blocks.len() % 2, 0);
    for pair in blocks.chunks(2) {
        let [(sent, event), (given, prompt)] = pair else {
            unreachable!()
        };
        assert_eq!((sent.as_str(), given.as_str()), ("event", "prompt"));
        let read = serde_json::to_value(Event::from_raw(event.clone())).expect("JSON");
        assert_eq!(&read["prompt"], prompt, "{event}");
    }
}
