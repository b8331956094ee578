//! How lines look in the terminal: one place for signs and colours, and for what text from outside may hold.

use std::io::Write;

use anstyle::{AnsiColor, Style};

/// The sign before what the visitor types.
const VISITOR_SIGN: &str = "> ";

pub const BOT: Style = AnsiColor::Cyan.on_default().bold();
pub const AGENT: Style = AnsiColor::Magenta.on_default().bold();
pub const VISITOR: Style = AnsiColor::Green.on_default().bold();
pub const QUIET: Style = Style::new().dimmed();
pub const TROUBLE: Style = AnsiColor::Red.on_default().bold();

/// Writes to standard output; colours are left out when it is no terminal.
pub fn print(text: &str) {
    let mut out = anstream::stdout();
    // A reader that has left is no reason to stop.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// What the visitor said, where their terminal has not shown it already.
pub fn visitor(line: &str) -> String {
    format!("{VISITOR}>{VISITOR:#} {}", visible(line))
}

/// Something about the conversation that nobody said.
pub fn note(text: &str) -> String {
    format!("{QUIET}-- {}{QUIET:#}", visible(text))
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
