//! A conversation written down as a chat script, so that `wotnot demo --script` can play it again.

use std::path::Path;

use serde_json::{Map, Value};
use wotnot_core::Message;

use super::{Heard, Speaker};

/// What was said so far.
#[derive(Debug, Default)]
pub struct Transcript {
    lines: Vec<String>,
}

impl Transcript {
    /// The contact variables that the first message brings.
    pub fn contact(&mut self, contact: &Map<String, Value>) {
        for (name, value) in contact {
            self.lines
                .push(format!("$ contact.{name} = {}", plain(value)));
        }
    }

    /// The visitor said this.
    pub fn visitor(&mut self, message: &Message) {
        self.lines.push(format!("> {}", visitor_line(message)));
    }

    /// The company's side said this.
    pub fn heard(&mut self, heard: &Heard) {
        let Heard::Said(speech) = heard else { return };
        let text = bracketed(&one_line(&speech.text));
        if speech.by == Speaker::Agent {
            self.lines.push(format!("@ {text}"));
        }
        let mut line = format!("< {text}");
        if let Some(question) = &speech.question {
            for option in question.options() {
                line.push_str(&format!(" [{}]", bracketed(&option.label)));
            }
        }
        // Code to run has no words: what the visitor's side returns stands for it.
        if line.len() > 2 {
            self.lines.push(line);
        }
    }

    /// The script.
    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }

    /// Writes it to a file.
    ///
    /// # Errors
    /// The file cannot be written; the text names it.
    pub fn save(&self, path: &Path) -> Result<(), String> {
        std::fs::write(path, self.text())
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))
    }
}

/// What the visitor said, as a script writes it after `> `.
pub fn visitor_line(message: &Message) -> String {
    let data = &message.data;
    let body = one_line(data.get("body").and_then(Value::as_str).unwrap_or_default());
    let list = |name: &str| data.get(name).and_then(Value::as_array);
    match message.kind.as_str() {
        "button.response" => match list("selected_button_index") {
            Some(_) => body
                .split(", ")
                .map(|label| format!("[{}]", bracketed(label)))
                .collect::<Vec<_>>()
                .join(" "),
            None => format!("[{}]", bracketed(&body)),
        },
        "file_upload.response" => format!("file: {}", joined(list("files"), ", ", file_name)),
        "form.response" => {
            let field = |field: &Value| pair("", field, "label");
            format!("form: {}", joined(list("fields"), "; ", field))
        }
        "javascript.response" => {
            let variables = |name: &str, scope: &str| {
                let list = data.get("variables").and_then(|it| it.get(name));
                let list = list.and_then(Value::as_array);
                joined(list, "; ", |value| pair(scope, value, "name"))
            };
            let both = [
                variables("contact_variables", "contact."),
                variables("non_contact_variables", "conversation."),
            ];
            let both: Vec<String> = both.into_iter().filter(|it| !it.is_empty()).collect();
            format!("return: {}", both.join("; "))
        }
        _ => bracketed(&body),
    }
}

fn joined(list: Option<&Vec<Value>>, between: &str, write: impl Fn(&Value) -> String) -> String {
    let items: Vec<String> = list.into_iter().flatten().map(write).collect();
    items.join(between)
}

fn file_name(file: &Value) -> String {
    plain(file.get("filename").unwrap_or(&Value::Null))
}

fn pair(scope: &str, value: &Value, key: &str) -> String {
    let part = |name: &str| one_line(&plain(value.get(name).unwrap_or(&Value::Null)));
    format!("{scope}{} = {}", part(key), part("value"))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Brackets are choices in a script; those of the text are marked.
fn bracketed(text: &str) -> String {
    text.replace('[', "\\[").replace(']', "\\]")
}
