//! `wotnot demo`: the emulator, a sample bot and a conversation through the real client, in one process.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wotnot_core::{Client, Variables};
use wotnot_emulator::script::Script;
use wotnot_emulator::{Builder, Emulator};

use crate::exit;
use crate::explain::explain;
use crate::flow::Bots;
use crate::local::{agent, client, conversation, files_at};
use crate::output::counted;
use crate::screen;
use crate::talk::lines::{Lines, is_interactive, next_line};
use crate::talk::play::{self, play};
use crate::talk::session::Session;
use crate::talk::transcript::Transcript;

const SAMPLE_FLOW: &str = include_str!("../../../flows/demo.yaml");
const SAMPLE_SCRIPT: &str = include_str!("../../../flows/demo.chat");
const SAMPLE_SCRIPT_NAME: &str = "flows/demo.chat";

const AFTER_HELP: &str = "\
At a terminal you talk to the bot. From a pipe each line is one answer. With neither, the sample conversation is played.
With --web you chat on a page in a browser.

Exit codes:
  0  the conversation was held; with a script: the bot said what it expects
  1  the bot said something else, or the conversation failed
  2  wrong arguments, or a flow or script that cannot be used";

/// Arguments of `wotnot demo`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Another bot than the sample; the bots beside it that it jumps to are there too
    #[arg(long, value_name = "FILE")]
    flow: Option<PathBuf>,
    /// Play this conversation without a terminal, and fail unless the bot says what it expects
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// What the bot calls you
    #[arg(long, value_name = "NAME", default_value = "there")]
    name: String,
    /// Write the conversation down as a chat script when it is over
    #[arg(long, value_name = "FILE", conflicts_with = "script")]
    transcript: Option<PathBuf>,
    /// Chat on a page in a browser instead, through a gateway; the first line that is printed is its URL
    #[arg(long, conflicts_with_all = ["script", "transcript"])]
    web: bool,
    /// Repeat a run: ids and times are drawn from this number
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

/// Runs the command.
pub fn run(args: Args) -> ExitCode {
    match demo(&args) {
        Ok(code) => code,
        Err(Problem(text, code)) => exit::fail("demo", &text, code),
    }
}

/// What kept the demo from being shown, and the number to end with.
struct Problem(String, u8);

impl Problem {
    fn usage(text: impl ToString) -> Self {
        Self(text.to_string(), exit::USAGE)
    }

    fn failed(text: impl ToString) -> Self {
        Self(text.to_string(), exit::FAILED)
    }
}

/// How the conversation is held.
enum Way {
    Script { name: String, script: Script },
    Lines(Lines),
}

fn demo(args: &Args) -> Result<ExitCode, Problem> {
    if args.web {
        return Ok(crate::gateway::run_once(&emulator(args)?, &args.name));
    }
    let way = way(args)?;
    let emulator = emulator(args)?;
    let client = client(&emulator).map_err(Problem::failed)?;
    introduce(&emulator, &client, &way);
    match way {
        Way::Script { name, script } => played(&name, &script, &emulator, &client),
        Way::Lines(lines) => talked(args, lines, &emulator, &client),
    }
}

fn way(args: &Args) -> Result<Way, Problem> {
    if let Some(path) = &args.script {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Problem::usage(format!("{}: {error}", path.display())))?;
        return script(&path.display().to_string(), &text);
    }
    if is_interactive() {
        return Lines::terminal().map(Way::Lines).map_err(Problem::usage);
    }
    if std::io::stdin().is_terminal() {
        return Ok(Way::Lines(Lines::piped(Vec::new())));
    }
    match next_line() {
        Some(line) => Ok(Way::Lines(Lines::piped(vec![line]))),
        None if args.flow.is_none() => script(SAMPLE_SCRIPT_NAME, SAMPLE_SCRIPT),
        None => Err(Problem::usage(
            "there is no terminal and no input to answer this bot with; give --script FILE",
        )),
    }
}

fn script(name: &str, text: &str) -> Result<Way, Problem> {
    let script = Script::parse(text).map_err(|error| Problem::usage(format!("{name}: {error}")))?;
    Ok(Way::Script {
        name: name.to_owned(),
        script,
    })
}

fn emulator(args: &Args) -> Result<Emulator, Problem> {
    let mut builder = match &args.flow {
        Some(path) => with_flow(path),
        None => Emulator::builder().flow_yaml(SAMPLE_FLOW),
    };
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    builder.start().map_err(|error| {
        if let wotnot_emulator::Error::Flow { findings, .. } = &error {
            findings.iter().for_each(crate::output::complain);
        }
        Problem::usage(error)
    })
}

/// A bot, and those beside it that it hands conversations to.
fn with_flow(path: &Path) -> Builder {
    let reached = Bots::beside(path).jumped_to_from(path);
    for key in &reached.missing {
        crate::output::complain(format_args!(
            "wotnot demo: {}: a jump leads to the bot `{key}`, which no flow beside it has; the bot is silent from there on",
            path.display()
        ));
    }
    let builder = Emulator::builder().flow_file(path);
    let others = reached.files.into_iter();
    others.fold(builder, |builder, flow| builder.flow_file(flow))
}

fn introduce(emulator: &Emulator, client: &Client, way: &Way) {
    let bot = emulator.bots().into_iter().next();
    let bot = bot.map(|bot| bot.name).unwrap_or_default();
    let webhook = client.status().ok().and_then(|status| status.webhook_url);
    screen::print(&screen::note(&format!(
        "the bot \"{bot}\" runs in a local stand-in for the service at {}",
        emulator.base_url()
    )));
    screen::print(&screen::note(&format!(
        "what you say goes there over HTTP; replies come back by webhook to {}",
        webhook.unwrap_or_default()
    )));
    match way {
        Way::Lines(Lines::Terminal(_)) => screen::print(&screen::note(
            "say something to begin, such as Hello; Ctrl-D leaves; `wotnot demo --web` is the same in a browser",
        )),
        Way::Script { name, .. } if name == SAMPLE_SCRIPT_NAME => screen::print(&screen::note(
            "no terminal and no input: playing the sample conversation",
        )),
        Way::Lines(_) | Way::Script { .. } => {}
    }
}

fn played(
    name: &str,
    script: &Script,
    emulator: &Emulator,
    client: &Client,
) -> Result<ExitCode, Problem> {
    let mut conversation = conversation(emulator, client, play::variables(script), |_| {});
    let played = play(script, &mut conversation, &agent(emulator), &files_at());
    let played = played.map_err(|failure| {
        Problem::failed(format!("{name}:{}: {}", failure.line, failure.problem))
    })?;
    screen::print(&screen::note(&format!(
        "as {name} expects: {}, {} of the bot",
        counted(played.turns, "turn"),
        counted(played.said, "message")
    )));
    Ok(ExitCode::SUCCESS)
}

fn talked(
    args: &Args,
    lines: Lines,
    emulator: &Emulator,
    client: &Client,
) -> Result<ExitCode, Problem> {
    let mut contact = serde_json::Map::new();
    contact.insert("name".to_owned(), args.name.clone().into());
    let mut transcript = Transcript::default();
    transcript.contact(&contact);
    let variables = Variables {
        contact: Some(contact),
        ..Variables::default()
    };
    let mut session = Session {
        conversation: conversation(emulator, client, variables, |_| {}),
        lines,
        files: files_at(),
        transcript,
    };
    let outcome = session.converse();
    if let Some(path) = &args.transcript {
        save(&session.transcript, path)?;
    }
    outcome.map_err(|error| Problem::failed(explain(&error)))?;
    Ok(ExitCode::SUCCESS)
}

fn save(transcript: &Transcript, path: &Path) -> Result<(), Problem> {
    transcript.save(path).map_err(Problem::failed)?;
    screen::print(&screen::note(&format!("saved to {}", path.display())));
    Ok(())
}
