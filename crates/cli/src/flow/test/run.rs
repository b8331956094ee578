//! Plays one script against an emulator of its own, and compares turn by turn.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wotnot_emulator::script::{BotMessage, Expected, Script, Spoken, Turn};
use wotnot_emulator::{BlockCoverage, Emulator};

use super::{Outcome, Played};
use crate::local;
use crate::talk::answer::FileSource;
use crate::talk::conversation::Conversation;
use crate::talk::play::{self, Agent, Unplayed};

/// A bot that waits is not waited for: its clock goes on by this much.
pub const DAY: Duration = Duration::from_secs(86_400);
/// Ids and times are the same in every run.
const SEED: u64 = 1;

/// A turn that was not fulfilled.
pub struct Failure {
    /// The line of the script, from 1.
    pub line: usize,
    /// What was expected and what came instead.
    pub problem: String,
    /// The turn line by line: `  ` as expected, `- ` expected and not said, `+ ` said instead.
    pub difference: Vec<String>,
}

/// Plays a script beside the flows of other bots; with `update` the turns where the bot says something else are
/// rewritten. Gives what it walked of its own flow.
pub fn play(
    flow: &Path,
    others: &[PathBuf],
    script: &Path,
    update: bool,
) -> (Played, Vec<BlockCoverage>) {
    let (outcome, coverage) = match try_play(flow, others, script, update) {
        Ok(done) => done,
        Err(problem) => (Outcome::Broken(problem), Vec::new()),
    };
    let script = script.to_owned();
    (Played { script, outcome }, coverage)
}

/// The blocks and exits of a flow of which nothing was walked.
///
/// # Errors
/// Why it cannot run.
pub fn untouched(flow: &Path) -> Result<Vec<BlockCoverage>, String> {
    emulator(flow, &[]).map(|emulator| coverage(&emulator))
}

/// What was walked of the first bot.
pub fn coverage(emulator: &Emulator) -> Vec<BlockCoverage> {
    let key = emulator.bot_keys().into_iter().next();
    key.map_or_else(Vec::new, |key| emulator.coverage(&key))
}

/// An emulator with the flow, and with those of other bots.
///
/// # Errors
/// Why it cannot run.
pub fn emulator(flow: &Path, others: &[PathBuf]) -> Result<Emulator, String> {
    let builder = Emulator::builder().flow_file(flow).seed(SEED);
    let builder = others
        .iter()
        .fold(builder, |builder, flow| builder.flow_file(flow));
    builder.start().map_err(|error| match &error {
        wotnot_emulator::Error::Flow { findings, .. } => {
            let first = findings.first().map(ToString::to_string);
            first.unwrap_or_else(|| error.to_string())
        }
        _ => error.to_string(),
    })
}

fn try_play(
    flow: &Path,
    others: &[PathBuf],
    path: &Path,
    update: bool,
) -> Result<(Outcome, Vec<BlockCoverage>), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let script = Script::parse(&text).map_err(|error| error.to_string())?;
    let emulator = emulator(flow, others)?;
    let client = local::client(&emulator)?;
    let variables = play::variables(&script);
    let mut conversation = local::conversation(&emulator, &client, variables, |emulator| {
        emulator.advance_clock(DAY);
    });
    let outcome = match update {
        false => {
            let (agent, files) = (local::agent(&emulator), local::files_at());
            compare(&script, &mut conversation, &agent, &files, Judge::Service)
        }
        true => rewrite(&script, &text, path, &mut conversation, &emulator)?,
    };
    drop(conversation);
    Ok((outcome, coverage(&emulator)))
}

/// Who says that an answer does not fit its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// The bot alone: it gets every answer.
    Service,
    /// A gateway does so first, by what the page was shown: the bot does not hear such an answer.
    Gateway,
}

/// Plays a script and compares what the bot says.
pub fn compare(
    script: &Script,
    conversation: &mut Conversation,
    agent: Agent<'_>,
    files: &FileSource,
    judge: Judge,
) -> Outcome {
    let mut refused = Vec::new();
    // The question that stands: what the bot said last.
    let mut asked = None;
    for turn in &script.turns {
        let failed = |problem| {
            Outcome::Failed(Failure {
                line: turn.line,
                problem,
                difference: Vec::new(),
            })
        };
        let said = match play::play_turn(turn, conversation, agent, files, &mut |_| {}) {
            Ok(said) => said,
            Err(Unplayed::Refused(_))
                if judge == Judge::Gateway && matches!(turn.spoken, Spoken::Variables(_)) =>
            {
                return Outcome::Skipped(
                    "it returns what code found (`> return:`), and the site has `javascript = \"off\"`",
                );
            }
            // The script's bot refuses the answer too, and asks the same again.
            Err(Unplayed::Refused(_))
                if judge == Judge::Gateway && asks_again(turn, asked.as_ref()) =>
            {
                refused.push(turn.line);
                continue;
            }
            Err(Unplayed::Refused(why)) => {
                return failed(format!("{why}; the script expects the bot to hear it"));
            }
            Err(Unplayed::Failed(problem)) => return failed(problem),
        };
        if let Some((line, problem)) = play::unmet(turn, &said) {
            return Outcome::Failed(Failure {
                line,
                problem,
                difference: difference(turn, &said),
            });
        }
        asked = said.into_iter().next_back().or(asked);
    }
    Outcome::Passed {
        turns: script.turns.len(),
        refused,
    }
}

/// Whether a turn ends with the question that it answers.
fn asks_again(turn: &Turn, asked: Option<&BotMessage>) -> bool {
    let last = turn.expected.last();
    last.zip(asked)
        .is_some_and(|(last, asked)| last.fits(asked))
}

/// What was expected and not said, and what was said instead, between what fits at both ends.
fn difference(turn: &Turn, said: &[BotMessage]) -> Vec<String> {
    let fits = |(expected, said): &(&Expected, &BotMessage)| expected.fits(said);
    let before = turn.expected.iter().zip(said).take_while(fits).count();
    let rest = (turn.expected.len() - before).min(said.len() - before);
    let ends = turn.expected.iter().rev().zip(said.iter().rev());
    let after = ends.take(rest).take_while(fits).count();
    let mut lines = Vec::new();
    for (index, expected) in turn.expected.iter().enumerate() {
        let fits = index < before || index >= turn.expected.len() - after;
        if index == turn.expected.len() - after {
            lines.extend(instead(said, before, after));
        }
        lines.push(format!(
            "{} < {}",
            if fits { ' ' } else { '-' },
            expected.line()
        ));
    }
    if after == 0 {
        lines.extend(instead(said, before, after));
    }
    lines
}

fn instead(said: &[BotMessage], before: usize, after: usize) -> impl Iterator<Item = String> + '_ {
    let said = said.get(before..said.len() - after).unwrap_or_default();
    said.iter().map(|said| format!("+ < {}", said.line()))
}

/// Writes what the bot says into the turns that expect something else; the others stay as they are.
fn rewrite(
    script: &Script,
    text: &str,
    path: &Path,
    conversation: &mut Conversation,
    emulator: &Emulator,
) -> Result<Outcome, String> {
    let mut lines: Vec<Option<String>> = text.lines().map(|line| Some(line.to_owned())).collect();
    let mut changed = false;
    let (agent, files) = (local::agent(emulator), local::files_at());
    for turn in &script.turns {
        let said = play::play_turn(turn, conversation, &agent, &files, &mut |_| {})
            .map_err(|problem| format!("line {}: {problem}", turn.line))?;
        if play::unmet(turn, &said).is_none() {
            continue;
        }
        changed = true;
        for expected in &turn.expected {
            if let Some(line) = lines.get_mut(expected.line - 1) {
                *line = None;
            }
        }
        if let Some(Some(spoken)) = lines.get_mut(turn.line - 1) {
            for said in &said {
                spoken.push_str(&format!("\n< {}", said.line()));
            }
        }
    }
    if !changed {
        let turns = script.turns.len();
        return Ok(Outcome::Passed {
            turns,
            refused: Vec::new(),
        });
    }
    let kept: Vec<String> = lines.into_iter().flatten().collect();
    std::fs::write(path, kept.join("\n") + "\n").map_err(|error| error.to_string())?;
    Ok(Outcome::Updated)
}
