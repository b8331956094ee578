//! A whole conversation, to keep or to print: as JSON, as text, or as a page without a script.

use std::fmt::Write;
use std::sync::Arc;

use maud::{DOCTYPE, html};
use serde::Serialize;
use serde_json::Value;

use super::Conversation;
use crate::app::App;
use crate::clock::rfc3339;
use crate::store::{EntryKind, StoreError};

#[cfg(test)]
use crate::openapi::frames;

const ENTRIES_AT_ONCE: usize = 500;

/// Everything that was said and is still kept.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Transcript {
    pub id: String,
    /// When it began, as RFC 3339 in UTC.
    pub began: String,
    #[cfg_attr(test, schemars(with = "frames::State"))]
    pub state: &'static str,
    /// In the order in which they were said.
    #[cfg_attr(test, schemars(with = "Vec<frames::Message>"))]
    pub messages: Vec<Value>,
}

/// Reads it from the log that readers get, so that it holds nothing that they do not.
pub(crate) async fn take(
    app: &App,
    conversation: &Arc<Conversation>,
) -> Result<Transcript, StoreError> {
    app.conversations.refresh(conversation).await?;
    let state = conversation.lock().await.clone();
    let mut messages = Vec::new();
    let mut after = state.row.floor;
    loop {
        let entries = app
            .store
            .read(&conversation.id, after, ENTRIES_AT_ONCE)
            .await?;
        let Some(last) = entries.last() else { break };
        after = last.seq;
        let said = entries.iter().filter(|it| it.kind == EntryKind::Message);
        messages.extend(said.filter_map(|entry| {
            let mut frame: Value = serde_json::from_slice(&entry.frame).ok()?;
            if let Some(send) = state.sends.iter().find(|send| send.seq == entry.seq) {
                frame["state"] = send.state.public_name().into();
            }
            Some(frame)
        }));
    }
    Ok(Transcript {
        id: conversation.id.clone(),
        began: rfc3339(state.row.created_ms),
        state: state.row.state.name(),
        messages,
    })
}

/// One message, as people read it.
struct TranscriptLine<'a> {
    at: &'a str,
    by: &'a str,
    text: &'a str,
    /// The labels of the options that were offered.
    options: Vec<&'a str>,
    /// What became of it, where the vendor did not take it.
    state: Option<&'a str>,
}

impl Transcript {
    fn lines(&self) -> impl Iterator<Item = TranscriptLine<'_>> {
        self.messages.iter().map(|message| {
            let text = |name: &str| message[name].as_str().unwrap_or_default();
            let options = message["prompt"]["options"].as_array();
            TranscriptLine {
                at: text("at"),
                by: text("by"),
                text: text("text"),
                options: options
                    .into_iter()
                    .flatten()
                    .filter_map(|option| option["label"].as_str())
                    .collect(),
                state: message["state"].as_str().filter(|it| *it != "accepted"),
            }
        })
    }

    /// Plain text, a message a paragraph.
    pub fn text(&self) -> String {
        let mut text = format!("Conversation of {}\n", self.began);
        for line in self.lines() {
            let _ = write!(text, "\n[{}] {}: {}", line.at, line.by, line.text);
            for option in line.options {
                let _ = write!(text, "\n  - {option}");
            }
            if let Some(state) = line.state {
                let _ = write!(text, " ({state})");
            }
            text.push('\n');
        }
        text
    }

    /// A page. All that was said is escaped by the template.
    pub fn html(&self) -> String {
        const STYLE: &str = "body{font:1rem/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}\
            p{white-space:pre-wrap;overflow-wrap:anywhere}header{color:#555}";
        html! {
            (DOCTYPE)
            html {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width";
                    title { "Conversation of " (self.began) }
                    style { (STYLE) }
                }
                body {
                    h1 { "Conversation of " (self.began) }
                    @for line in self.lines() {
                        article {
                            header {
                                b { (line.by) } " "
                                time datetime=(line.at) { (line.at) }
                                @if let Some(state) = line.state { " (" (state) ")" }
                            }
                            p dir="auto" { (line.text) }
                            @if !line.options.is_empty() {
                                ul { @for option in line.options { li dir="auto" { (option) } } }
                            }
                        }
                    }
                }
            }
        }
        .into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn transcript(text: &str, label: &str) -> Transcript {
        Transcript {
            id: "c_1".into(),
            began: "2026-11-24T10:00:00.000Z".into(),
            state: "open",
            messages: vec![
                json!({"seq": 1, "at": "2026-11-24T10:00:00.000Z", "by": "visitor", "text": text,
                       "state": "rejected"}),
                json!({"seq": 2, "at": "2026-11-24T10:00:01.000Z", "by": "bot", "text": "Pick",
                       "prompt": {"kind": "choice", "options": [{"id": "o1", "label": label}]}}),
            ],
        }
    }

    #[test]
    fn a_page_holds_no_markup_of_those_who_spoke() {
        let hostile = "<script>alert(1)</script>\"'&</p></article>";
        let page = transcript(hostile, "</li><img src=x onerror=alert(1)>").html();
        for bad in ["<script", "<img", "\"'&<", "</p></article></p>"] {
            assert!(!page.contains(bad), "{bad} in {page}");
        }
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{page}"
        );
        assert!(page.contains("&lt;img src=x"), "{page}");
    }

    #[test]
    fn text_says_who_said_what_when_and_what_was_offered() {
        let text = transcript("Hello", "Sales").text();
        assert_eq!(
            text,
            "Conversation of 2026-11-24T10:00:00.000Z\n\n\
             [2026-11-24T10:00:00.000Z] visitor: Hello (rejected)\n\n\
             [2026-11-24T10:00:01.000Z] bot: Pick\n  - Sales\n"
        );
    }
}
