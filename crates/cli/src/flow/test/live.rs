//! Plays scripts with a real service: each is a conversation there, one after the other, for one listener
//! takes the events of all.

use std::path::Path;
use std::time::Duration;

use wotnot_core::{Client, Message, Start};
use wotnot_emulator::flow;
use wotnot_emulator::script::{Script, Spoken};

use super::run::{self, Judge};
use super::{Outcome, Played, Suite, Tested};
use crate::chat::new_visitor;
use crate::output::{complain, counted};
use crate::talk::answer::FileSource;
use crate::talk::conversation::{Conversation, TurnEnd};
use crate::talk::play;
use crate::target::{Events, Target};
use crate::visitor::Gateway;

/// Where the real service is, and which account talks to it.
#[derive(clap::Args)]
#[group(skip)]
pub struct Args {
    #[command(flatten)]
    pub service: Target,
    #[command(flatten)]
    events: Events,
    #[command(flatten)]
    pub gateway: Gateway,
    /// How long a bot may be silent before its turn is over, when it asks nothing
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub patience: u64,
    /// Where the files that scripts send can be fetched; nothing is uploaded
    #[arg(long, value_name = "URL")]
    files_at: Option<String>,
}

/// Plays every script, after a warning.
///
/// # Errors
/// The settings cannot be used.
pub fn play_all(suites: Vec<Suite>, args: &Args) -> Result<Vec<Tested>, String> {
    let client = client(args)?;
    let count: usize = suites.iter().map(|suite| suite.scripts.len()).sum();
    complain(format_args!(
        "wotnot flow test: {} become real conversations at {}",
        counted(count, "script"),
        args.service.base_url
    ));
    let mut number = 0;
    let mut play = |flow: &Path, script: &Path| {
        number += 1;
        let visitor = format!("{}-{number}", new_visitor());
        let outcome = try_play(flow, script, &client, visitor, args);
        Played {
            script: script.to_owned(),
            outcome: outcome.unwrap_or_else(Outcome::Broken),
        }
    };
    Ok(suites
        .into_iter()
        .map(|suite| Tested {
            played: suite
                .scripts
                .iter()
                .map(|script| play(&suite.flow, script))
                .collect(),
            flow: suite.flow,
            coverage: None,
        })
        .collect())
}

fn client(args: &Args) -> Result<Client, String> {
    let mut config = args.service.config()?;
    config.webhook = Some(args.events.webhook()?);
    Client::new(config).map_err(|error| error.message().to_owned())
}

fn try_play(
    flow: &Path,
    path: &Path,
    client: &Client,
    visitor_id: String,
    args: &Args,
) -> Result<Outcome, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let script = Script::parse(&text).map_err(|error| error.to_string())?;
    if let Some(skipped) = needs_an_agent(&script) {
        return Ok(skipped);
    }
    let start = Start {
        visitor_id,
        message: Message::text(""),
        variables: Some(play::variables(&script)),
        bot_key: Some(bot_key(flow)?),
    };
    let patience = TurnEnd::Silence(Duration::from_secs(args.patience));
    let mut conversation = Conversation::new(client, start, patience);
    let agent = |_: &str, _: &Spoken| Err("nobody is there".to_owned());
    let files = FileSource::at(args.files_at.clone());
    let judge = Judge::Service;
    Ok(run::compare(
        &script,
        &mut conversation,
        &agent,
        &files,
        judge,
    ))
}

/// What becomes of a script in which a person of the company's writes.
pub fn needs_an_agent(script: &Script) -> Option<Outcome> {
    let speaks = |spoken: &Spoken| matches!(spoken, Spoken::Agent(_) | Spoken::GivesBack);
    let found = script.turns.iter().any(|turn| speaks(&turn.spoken));
    found.then_some(Outcome::Skipped(
        "a person writes in it (`@`), which only the emulator can play",
    ))
}

/// The key that the flow names: the bot must be deployed under it at the service.
///
/// # Errors
/// The flow cannot be read.
pub fn bot_key(path: &Path) -> Result<String, String> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let checked = flow::check(&name, &text);
    checked.flow.map(|flow| flow.bot.key).ok_or_else(|| {
        let first = checked.findings.first().map(ToString::to_string);
        first.unwrap_or_else(|| format!("{name}: it is no flow"))
    })
}
