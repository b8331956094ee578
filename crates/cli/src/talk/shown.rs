//! How a conversation looks in the terminal: what was said, and what to choose or to type.

use serde_json::{Map, Value};
use wotnot_core::{ChoiceOption, Prompt, TextFormat};

use super::{Heard, Picks, Question, Speaker, Speech};
use crate::screen::{AGENT, BOT, QUIET, note, trouble, visible};

/// What a person sees of what was heard.
pub fn heard(heard: &Heard) -> String {
    match heard {
        Heard::Said(speech) => said(speech),
        Heard::HandedOver => note("a person takes over and answers when they can"),
        Heard::Ended => note("the conversation has ended"),
        Heard::Undelivered(why) | Heard::Problem(why) => trouble(why),
    }
}

fn said(speech: &Speech) -> String {
    let (style, sign) = match speech.by {
        Speaker::Bot => (BOT, '<'),
        Speaker::Agent => (AGENT, '@'),
    };
    let mut lines: Vec<String> = Vec::new();
    for (index, line) in speech.text.lines().enumerate() {
        match index {
            0 => lines.push(format!("{style}{sign}{style:#} {}", visible(line))),
            _ => lines.push(format!("  {}", visible(line))),
        }
    }
    if let Some(question) = &speech.question {
        lines.extend(offer(question));
    }
    lines.join("\n")
}

/// A question's options once more, or what to type.
pub fn offered(question: &Question) -> String {
    offer(question).join("\n")
}

/// The lines below a question: its options, or what to type.
fn offer(question: &Question) -> Vec<String> {
    if let Prompt::Choice { options, .. } = &question.prompt {
        let mut lines = choices(options);
        if question.picks == Picks::Several {
            lines.push(format!(
                "    {QUIET}one or more, with commas between{QUIET:#}"
            ));
        }
        return lines;
    }
    let hint = match (&question.prompt, question.takes_bytes) {
        (Prompt::File { .. }, true) => Some("files of this machine, by their paths".to_owned()),
        (prompt, _) => hint(prompt),
    };
    match hint {
        Some(hint) => vec![format!("    {QUIET}{}{QUIET:#}", visible(&hint))],
        None => Vec::new(),
    }
}

fn choices(options: &[ChoiceOption]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut card = None;
    for (index, option) in options.iter().enumerate() {
        if let Some(of) = &option.card
            && card != Some(of.index)
        {
            card = Some(of.index);
            let about = match of.description.as_str() {
                "" => String::new(),
                text => format!(": {text}"),
            };
            lines.push(format!("    {}{}", visible(&of.title), visible(&about)));
        }
        let url = match &option.url {
            Some(url) => format!("  {QUIET}{}{QUIET:#}", visible(url)),
            None => String::new(),
        };
        let number = index + 1;
        lines.push(format!(
            "    {BOT}{number}{BOT:#}  {}{url}",
            visible(&option.label)
        ));
    }
    lines
}

/// What to type, for everything but choices.
pub fn hint(prompt: &Prompt) -> Option<String> {
    match prompt {
        Prompt::Text { format } => match format {
            TextFormat::Any => None,
            TextFormat::Name => Some("a name".to_owned()),
            TextFormat::Email => Some("an e-mail address".to_owned()),
            TextFormat::Phone => Some("a phone number".to_owned()),
        },
        Prompt::Choice { .. } | Prompt::Unknown {} => None,
        Prompt::Slider {
            min,
            max,
            step,
            unit,
        } => {
            let range = match (min, max) {
                (Some(min), Some(max)) => format!("{min} to {max}"),
                (Some(min), None) => format!("{min} or more"),
                (None, Some(max)) => format!("at most {max}"),
                (None, None) => "a number".to_owned(),
            };
            let unit = unit.as_deref().unwrap_or_default();
            let step = match step {
                Some(step) if step.as_f64() != Some(1.0) => format!(", in steps of {step}"),
                _ => String::new(),
            };
            Some(format!("{range} {unit}").trim_end().to_owned() + &step)
        }
        Prompt::File { limits } => Some(file_hint(limits)),
        Prompt::Form { .. } => Some("one field after the other".to_owned()),
        Prompt::Date { validation } => {
            let format = validation.get("format").and_then(Value::as_str);
            Some(format!("a date, {}", format.unwrap_or("DD/MM/YYYY")))
        }
        Prompt::Javascript { code, .. } => Some(match code {
            Some(code) => format!(
                "the bot has code to run; type what it returns: {}",
                code.split_whitespace().collect::<Vec<_>>().join(" ")
            ),
            None => "the bot has code to run; type what it returns".to_owned(),
        }),
    }
}

fn file_hint(limits: &Map<String, Value>) -> String {
    let mut hint = "links to files".to_owned();
    let kinds = limits.get("accept").and_then(Value::as_array);
    let kinds: Vec<&str> = kinds
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !kinds.is_empty() {
        hint.push_str(&format!(": {}", kinds.join(", ")));
    }
    if let Some(most) = limits.get("max_files").and_then(Value::as_u64) {
        hint.push_str(&format!("; at most {most}"));
    }
    hint
}
