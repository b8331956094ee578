//! An entry of a gateway's log, and what it says to a visitor.

use serde_json::Value;
use wotnot_core::visitor::prompt_of_entry;

use crate::talk::{Heard, Question, Speaker, Speech};

/// What an entry means here.
#[derive(Debug, PartialEq)]
pub enum Entry {
    /// The visitor is shown it.
    Heard(Heard),
    /// What became of a message: whether it is certain.
    Delivered {
        /// The message's own id.
        client_id: String,
        /// What became of it.
        outcome: Outcome,
    },
    /// The cursor cannot be served: a snapshot comes first.
    Reset,
    /// Bookkeeping.
    Other,
}

/// What became of a message of the visitor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The service has it.
    Accepted,
    /// The service refused it, with this word.
    Rejected(String),
    /// Unknown.
    Unconfirmed,
    /// It is on its way once more.
    Resent,
    /// It is discarded.
    Discarded,
}

/// The number of an entry.
pub fn seq(entry: &Value) -> Option<u64> {
    entry.get("seq")?.as_u64()
}

/// Reads an entry. A type that is not known is bookkeeping.
pub fn read(entry: &Value) -> Entry {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "message" => said(entry).map_or(Entry::Other, |speech| Entry::Heard(Heard::Said(speech))),
        "delivery" => Entry::Delivered {
            client_id: text("client_id").to_owned(),
            outcome: match text("state") {
                "rejected" => Outcome::Rejected(text("code").to_owned()),
                "unconfirmed" => Outcome::Unconfirmed,
                "resent" => Outcome::Resent,
                "discarded" => Outcome::Discarded,
                _ => Outcome::Accepted,
            },
        },
        "handover" if text("to") == "agent" => Entry::Heard(Heard::HandedOver),
        "ended" => Entry::Heard(Heard::Ended),
        "reset" => Entry::Reset,
        _ => Entry::Other,
    }
}

fn said(entry: &Value) -> Option<Speech> {
    let by = match entry.get("by").and_then(Value::as_str) {
        Some("visitor") => return None,
        Some("agent") => Speaker::Agent,
        _ => Speaker::Bot,
    };
    let text = entry.get("text").and_then(Value::as_str);
    Some(Speech {
        by,
        text: text.unwrap_or_default().to_owned(),
        question: prompt_of_entry(entry).map(|prompt| Question::of(prompt, seq(entry))),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::talk::Picks;

    #[test]
    fn a_choice_can_be_picked_by_the_ids_of_its_options() {
        let entry = json!({"type": "message", "seq": 4, "by": "bot", "text": "Which?", "prompt":
            {"kind": "choice", "multiple": true, "options": [
                {"id": "o1", "label": "Sales", "card": {"index": 0, "title": "A", "description": null, "image": null}},
                {"id": "o2", "label": "Site", "url": "https://example.com"}]}});
        let Entry::Heard(Heard::Said(speech)) = read(&entry) else {
            panic!("nothing was said");
        };
        let question = speech.question.unwrap();
        assert_eq!((question.entry, question.picks), (Some(4), Picks::Several));
        let options = question.options();
        assert_eq!(options[0].answer.as_ref().unwrap().data["key"], "4:o1");
        assert_eq!(options[0].card.as_ref().unwrap().title, "A");
        assert_eq!(options[1].answer, None);
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        for entry in [
            json!({"type": "weather", "seq": 1}),
            json!({"type": "message", "by": "visitor", "text": "Hi"}),
            json!({"type": "handover", "to": "bot"}),
            json!(7),
        ] {
            assert_eq!(read(&entry), Entry::Other, "{entry}");
        }
        assert_eq!(read(&json!({"type": "ended"})), Entry::Heard(Heard::Ended));
    }
}
