//! How a conversation looks in the terminal: one place for signs, colours and hints.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value};
use wotnot_core::{ChoiceOption, Prompt, TextFormat};

use crate::doctor::{Hop, State};

use super::{Heard, Picks, Question, Speaker, Speech};

/// The sign before what the visitor types.
pub const VISITOR_SIGN: &str = "> ";

const BOT: Style = AnsiColor::Cyan.on_default().bold();
const AGENT: Style = AnsiColor::Magenta.on_default().bold();
const VISITOR: Style = AnsiColor::Green.on_default().bold();
const QUIET: Style = Style::new().dimmed();
const TROUBLE: Style = AnsiColor::Red.on_default().bold();

/// Writes to standard output; colours are left out when it is no terminal.
pub fn print(text: &str) {
    let mut out = anstream::stdout();
    // A reader that has left is no reason to stop.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// What a person sees of what was heard.
pub fn heard(heard: &Heard) -> String {
    match heard {
        Heard::Said(speech) => said(speech),
        Heard::HandedOver => note("a person takes over and answers when they can"),
        Heard::Ended => note("the conversation has ended"),
        Heard::Undelivered(why) | Heard::Trouble(why) => trouble(why),
    }
}

/// What the visitor said, where their terminal has not shown it already.
pub fn visitor(line: &str) -> String {
    format!("{VISITOR}>{VISITOR:#} {}", visible(line))
}

/// Something about the conversation that nobody said.
pub fn note(text: &str) -> String {
    format!("{QUIET}-- {}{QUIET:#}", visible(text))
}

/// One line for a hop of `doctor`, and a second one for what to do.
pub fn hop(hop: &Hop) -> String {
    let (style, word) = match hop.state {
        State::Ok => (VISITOR, "ok"),
        State::Failed => (TROUBLE, "FAILED"),
        State::Skipped => (QUIET, "skipped"),
    };
    let target = match hop.target.as_str() {
        "" => String::new(),
        target => format!("{}: ", visible(target)),
    };
    let mut text = format!(
        "{style}{word:<7}{style:#} {:<8} {target}{}",
        hop.hop, hop.detail
    );
    if let Some(advice) = &hop.advice {
        text.push_str(&format!("\n                 -> {advice}"));
    }
    text
}

/// Something that went wrong, or was not understood.
pub fn trouble(text: &str) -> String {
    format!("{TROUBLE}!{TROUBLE:#} {}", visible(text))
}

/// The sign before what the visitor types, with what to type where that needs saying.
pub fn sign(label: &str, hint: &str) -> String {
    match (label, hint) {
        ("", _) => VISITOR_SIGN.to_owned(),
        (label, "") => format!("  {}: ", visible(label)),
        (label, hint) => format!("  {} ({}): ", visible(label), visible(hint)),
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

/// Text from outside without what would drive the terminal.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\t' => ' ',
            letter if letter.is_control() || turns_text(letter) => '\u{fffd}',
            letter => letter,
        })
        .collect()
}

/// Letters without a shape of their own that reorder a line, break it, or hide what stands there.
fn turns_text(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    )
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
    let hint = match (&question.prompt, question.entry) {
        (Prompt::File { .. }, Some(_)) => Some("files of this machine, by their paths".to_owned()),
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

/// Text for something that writes to the terminal itself, with colours only where they are wanted.
pub fn for_terminal(text: &str) -> String {
    match anstream::AutoStream::choice(&std::io::stdout()) {
        anstream::ColorChoice::Never => anstream::adapter::strip_str(text).to_string(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_or_hides_text_never_reaches_a_terminal() {
        for letter in [
            '\u{1b}', '\u{7f}', '\u{9b}', '\u{61c}', '\u{200f}', '\u{202a}', '\u{202e}',
            '\u{2028}', '\u{2066}', '\u{2069}', '\u{feff}',
        ] {
            let text = format!("pay {letter}001");
            assert_eq!(visible(&text), "pay \u{fffd}001");
            for line in [note(&text), trouble(&text), visitor(&text)] {
                let shown = anstream::adapter::strip_str(&line).to_string();
                assert!(!shown.contains(letter), "{shown:?}");
            }
        }
        // Joiners belong to scripts and to emoji.
        assert_eq!(visible("\u{200d}\u{200c}é😀"), "\u{200d}\u{200c}é😀");
    }
}
