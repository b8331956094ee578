//! The vendor's echo of what a visitor said: the only sign, besides a call's answer, that a message
//! arrived. Which message an echo belongs to decides what a call that broke off came to.

use serde_json::Value;
use wotnot_core::{Event, html_to_text};

use super::draft::Draft;
use crate::store::{SendRow, SendState};

/// What an echo came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    /// It belongs to this send.
    Of(u64),
    /// It was reported before.
    Repeated,
    /// Nobody here said that.
    Stray,
}

/// Finds the message that the echo belongs to, and takes it as evidence.
pub(crate) fn take(draft: &mut Draft, event: &Event) -> Echo {
    let echo = find(&draft.state.sends, event);
    if let Echo::Of(seq) = echo {
        draft.change(seq, |send| send.echoed = true);
        let state = draft.state.sends.iter().find(|send| send.seq == seq);
        let doubtful = state.is_some_and(|send| {
            matches!(
                send.state,
                SendState::Sending
                    | SendState::Unknown
                    | SendState::Unconfirmed
                    | SendState::Discarded
            )
        });
        if doubtful {
            draft.move_to(seq, SendState::Accepted);
        }
    }
    echo
}

fn find(sends: &[SendRow], event: &Event) -> Echo {
    let text = event.text().unwrap_or_default();
    // The service's own id, where it gives one, is surest.
    if let Some(id) = event.event_id.strip_prefix("message-") {
        let same = |send: &&SendRow| send.message_id.as_deref() == Some(id);
        if let Some(send) = sends.iter().find(same) {
            return if send.echoed {
                Echo::Repeated
            } else {
                Echo::Of(send.seq)
            };
        }
    }
    let waiting: Vec<&SendRow> = sends
        .iter()
        .filter(|send| !send.echoed && send.attempts > 0 && send.state != SendState::Rejected)
        .collect();
    if let Some(send) = waiting.iter().find(|send| reads_as(send, text)) {
        return Echo::Of(send.seq);
    }
    if sends.iter().any(|send| send.echoed && reads_as(send, text)) {
        return Echo::Repeated;
    }
    // Only we speak for the visitor here, so an echo in other words belongs to the first message
    // that waits for one. One that is known to have arrived takes it before one that is not.
    match waiting.first() {
        Some(send) => Echo::Of(send.seq),
        None => Echo::Stray,
    }
}

/// Whether the message, sent and turned into HTML and back, reads like this.
pub(crate) fn reads_as(send: &SendRow, text: &str) -> bool {
    let Some(body) = send.message.pointer("/data/body").and_then(Value::as_str) else {
        return false;
    };
    let escaped = wotnot_text::html(body).replace('\n', "<br>");
    !text.is_empty() && (html_to_text(&escaped) == text || html_to_text(body) == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn send(seq: u64, kind: &str, body: &str, state: SendState, echoed: bool) -> SendRow {
        SendRow {
            seq,
            client_id: format!("m{seq}"),
            digest: String::new(),
            answer_to: None,
            message: json!({"type": kind, "data": {"body": body}}),
            state,
            attempts: u32::from(state != SendState::Queued),
            next_ms: 0,
            sent_ms: None,
            evidence_until_ms: None,
            message_id: (state == SendState::Accepted).then(|| format!("id{seq}")),
            echoed,
            code: None,
        }
    }

    fn echo(message: Value, id: Option<&str>) -> Event {
        let mut payload = json!({"message_by": {"type": "visitor"}, "message": message});
        if let Some(id) = id {
            payload["id"] = id.into();
        }
        Event::from_raw(
            json!({"event": {"type": "message", "payload": payload}, "conversation": {"key": "c"}}),
        )
    }

    fn text(text: &str) -> Event {
        echo(json!({"type": "text", "text": text}), None)
    }

    #[test]
    fn equal_words_are_evidence_for_the_first_that_waits() {
        let sends = [
            send(1, "text", "yes", SendState::Accepted, false),
            send(2, "text", "a <b>\n c", SendState::Unknown, false),
            send(3, "text", "yes", SendState::Unknown, false),
            send(4, "text", "later", SendState::Queued, false),
        ];
        assert_eq!(find(&sends, &text("yes")), Echo::Of(1));
        assert_eq!(find(&sends, &text("a &lt;b&gt;<br> c")), Echo::Of(2));
        // What was not sent yet cannot have arrived.
        assert_eq!(find(&sends[3..], &text("later")), Echo::Stray);
    }

    #[test]
    fn an_echo_that_comes_twice_proves_nothing_more() {
        let sends = [
            send(1, "text", "one", SendState::Accepted, true),
            send(2, "text", "two", SendState::Unknown, false),
        ];
        assert_eq!(find(&sends, &text("one")), Echo::Repeated);
        let with_id = echo(json!({"type": "text", "text": "two"}), Some("id1"));
        assert_eq!(find(&sends, &with_id), Echo::Repeated);
    }

    #[test]
    fn an_echo_in_other_words_counts_while_nothing_before_it_waits() {
        let form = json!({"type": "form.response", "payload": {}});
        let unknown = send(2, "form.response", "", SendState::Unknown, false);
        let before = |echoed| {
            [
                send(1, "button.response", "Go", SendState::Accepted, echoed),
                unknown.clone(),
            ]
        };
        assert_eq!(find(&before(true), &echo(form.clone(), None)), Echo::Of(2));
        // It may be the first one's: nothing is proven for the second.
        assert_eq!(find(&before(false), &echo(form, None)), Echo::Of(1));
    }
}
