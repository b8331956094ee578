//! Plays the sample flows through the loop that each language's page shows: it starts a conversation,
//! has the bot's turn, and answers each prompt with a line of JSON from its standard input.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use super::{Emulator, Result};

/// Has a program hold the conversation of every chat script of this folder, each beside an emulator
/// of its own with the flow. `wotnot` is the emulator's program, `program` makes a run of the one that is tested.
pub fn plays_every_flow(
    wotnot: &Path,
    folder: &Path,
    mut program: impl FnMut() -> Result<Command>,
) -> Result<()> {
    let mut flows: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| format!("flows: {error}"))? {
        let name = entry.map_err(|error| error.to_string())?.file_name();
        let name = name.to_string_lossy();
        flows.extend(name.strip_suffix(".yaml").map(str::to_owned));
    }
    flows.sort_unstable();
    if flows.is_empty() {
        return Err("there is no sample flow".into());
    }
    for flow in flows {
        let yaml = folder.join(format!("{flow}.yaml"));
        play(wotnot, &yaml, &mut program()?).map_err(|why| format!("{flow}: {why}"))?;
    }
    Ok(())
}

fn play(wotnot: &Path, flow: &Path, program: &mut Command) -> Result<()> {
    let text = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let script = Script::parse(&text(&flow.with_extension("chat"))?, &text(flow)?)?;
    let emulator = Emulator::start(wotnot, flow)?;
    emulator.describe(program);
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the program did not start: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that broke off says so by its exit code; one that has reached the end reads no more.
        let _ = stdin.write_all(script.answers.as_bytes());
    }
    let output = child
        .wait_with_output()
        .map_err(|error| format!("the program: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("the program ended with {}: {said}", output.status));
    }
    let mut lines = said.lines();
    for expected in &script.expected {
        if !lines.any(|line| fits(expected, line)) {
            return Err(format!("`{expected}` was not shown in its place: {said}"));
        }
    }
    let places = emulator.places()?;
    match places.as_slice() {
        [place] if place == "ended" || place == "human" => Ok(()),
        places => Err(format!("the bot is not done, it is {places:?}: {said}")),
    }
}

/// What the visitor says, and what must be shown.
struct Script {
    /// A line of JSON for each answer.
    answers: String,
    /// What the bot says, in order. Without what it says to an answer that it does not take, for the
    /// library may have refused that already.
    expected: Vec<String>,
}

impl Script {
    /// Ends where a person of the company says something: that is no turn of the bot.
    fn parse(script: &str, flow: &str) -> Result<Self> {
        let mut answers = String::new();
        let mut turns: Vec<Vec<&str>> = Vec::new();
        for line in script.lines() {
            match line.split_at_checked(1) {
                Some((">", said)) => {
                    let question = turns.last().and_then(|turn| turn.last());
                    let value = answer(said.trim(), question.copied(), flow)?;
                    answers += &format!("{value}\n");
                    turns.push(Vec::new());
                }
                Some(("<", said)) => {
                    let turn = turns.last_mut().ok_or("the bot speaks first")?;
                    turn.push(without_choices(said));
                }
                Some(("@", _)) => break,
                _ => {}
            }
        }
        let mut expected = Vec::new();
        let mut asked: Option<&str> = None;
        for turn in turns {
            let last = turn.last().copied();
            let is_asked_again = last
                .zip(asked)
                .is_some_and(|(last, asked)| fits(last, asked));
            if !is_asked_again {
                expected.extend(turn.iter().map(|&line| line.to_owned()));
            }
            asked = last;
        }
        Ok(Self { answers, expected })
    }
}

/// What a line of a script says, as the value that answers the question before it.
fn answer(said: &str, question: Option<&str>, flow: &str) -> Result<Value> {
    let pairs = |text: &str| -> Map<String, Value> {
        text.split(';')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().into()))
            .collect()
    };
    if let Some(files) = said.strip_prefix("file:") {
        let file =
            |name: &str| json!({"link": format!("https://example.com/{name}"), "filename": name});
        return Ok(files.split(',').map(|name| file(name.trim())).collect());
    }
    if let Some(fields) = said
        .strip_prefix("form:")
        .or_else(|| said.strip_prefix("return:"))
    {
        return Ok(pairs(fields).into());
    }
    let picked: Vec<&str> = said
        .split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']'))
        .map(|(label, _)| label)
        .collect();
    match picked.as_slice() {
        [] if question.is_some_and(|question| block_type(flow, question) == Some("slider")) => said
            .parse()
            .map(Value::Number)
            .map_err(|_| format!("`{said}` answers a slider, and is no number")),
        [] => Ok(said.into()),
        [label] => Ok((*label).into()),
        several => Ok(several.to_vec().into()),
    }
}

/// The type of the block whose text this is: flows name it before the text.
fn block_type<'f>(flow: &'f str, text: &str) -> Option<&'f str> {
    let (_, text) = text.rsplit_once("...").unwrap_or(("", text));
    let before = &flow[..flow.find(text.trim())?];
    let (_, kind) = before.rsplit_once("type:")?;
    kind.trim_start().split([',', '\n']).next().map(str::trim)
}

fn without_choices(line: &str) -> &str {
    line.split(" [").next().unwrap_or(line).trim()
}

/// `...` stands for anything.
fn fits(expected: &str, line: &str) -> bool {
    let mut rest = line;
    expected
        .split("...")
        .map(str::trim)
        .all(|piece| match rest.split_once(piece) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_becomes_answers_and_what_must_be_shown() {
        let flow = "blocks:\n  a:\n    type: slider\n    text: Asha, how old?\n  b: {type: buttons, text: \"Which?\"}\n";
        let script = "$ contact.name = Asha\n> Hello\n< Hi ...\n< Asha, how old?\n> 7\n< Too young.\n< ... how old?\n> 30\n\
                      < Which? [A] [B]\n> [A] [B]\n< One moment.\n@ Hello\n> Hello\n";
        let script = Script::parse(script, flow).unwrap();
        assert_eq!(script.answers, "\"Hello\"\n7\n30\n[\"A\",\"B\"]\n");
        assert_eq!(
            script.expected,
            ["Hi ...", "Asha, how old?", "Which?", "One moment."]
        );
        assert!(fits("Hi ... there", "bot: Hi Asha, there you are"));
        assert!(!fits("Hi ... there", "there: Hi"));
    }
}
