//! Plays scripts as a visitor of a gateway: of one that is started for each script, with an emulator behind it, or
//! of one that runs, whose site has the bot.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use wotnot_core::{Client, Config, Proxy, Variables};
use wotnot_emulator::BlockCoverage;
use wotnot_emulator::script::{Script, Spoken};
use wotnot_gateway::config::Javascript;

use super::live;
use super::run::{self, Judge};
use super::{Outcome, Played, Suite, Tested};
use crate::gateway::{DEV_SITE, beside};
use crate::local;
use crate::output::{complain, counted};
use crate::talk::answer::FileSource;
use crate::talk::conversation::{Conversation, TurnEnd};
use crate::talk::play::{self, Agent};
use crate::visitor::channel::Through;
use crate::visitor::explained;
use crate::visitor::files::ReadFile;

/// How long the bot may take; the emulator and the gateway say when it is done, so this only ends what hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long what is under way in a gateway may take at its end.
const GRACE: Duration = Duration::from_secs(5);

/// Plays a script through a gateway of its own. Gives what it walked.
pub fn play(suite: &Suite, script: &Path) -> (Played, Vec<BlockCoverage>) {
    let (outcome, coverage) = match try_play(suite, script) {
        Ok(done) => done,
        Err(problem) => (Outcome::Broken(problem), Vec::new()),
    };
    let script = script.to_owned();
    (Played { script, outcome }, coverage)
}

fn try_play(suite: &Suite, path: &Path) -> Result<(Outcome, Vec<BlockCoverage>), String> {
    let script = read(path)?;
    let emulator = run::emulator(&suite.flow, &suite.others)?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let variables = play::variables(&script);
    let from_page = names(&variables);
    let listen = (Ipv4Addr::LOCALHOST, 0).into();
    let gateway = beside(&emulator, folder.path(), listen, None, |site| {
        // What the script's visitor brings is what this site lets a page say.
        site.variables_from_page = from_page;
        site.javascript = Javascript::Sandbox;
    });
    let gateway = gateway.map_err(|(problem, _)| problem)?;
    // Without a thread that reads, so that nothing is under way where all was taken.
    let client = client(Config {
        timeout: TIMEOUT,
        proxy: Proxy::Direct,
        ..Config::through(wotnot_core::Gateway::new(gateway.url(), DEV_SITE))
    })?;
    let channel = Through::new(client, Some(variables)).reading(read_beside(path));
    let line = channel.line();
    // The emulator has this conversation alone.
    let own = || emulator.transcripts().into_iter().next();
    let settled = |_: &str, _: u64| {
        let Some(transcript) = own() else {
            return false;
        };
        if transcript.place == "waiting" {
            emulator.advance_clock(run::DAY);
            return false;
        }
        // In this order: what was said has arrived, all that it led to is with the gateway, and was read there.
        !line.waits_for_delivery() && emulator.undelivered() == 0 && line.is_drained()
    };
    let turn_end = TurnEnd::Settled(Box::new(settled), PATIENCE);
    let mut conversation = Conversation::through(channel, turn_end);
    let agent = local::agent(&emulator);
    let agent = |_: &str, spoken: &Spoken| {
        let own = own().map(|transcript| transcript.conversation);
        agent(&own.unwrap_or_default(), spoken)
    };
    let outcome = compare(&script, &mut conversation, &agent);
    drop(conversation);
    gateway.stop(GRACE);
    Ok((outcome, run::coverage(&emulator)))
}

/// Plays every script with a gateway that runs, one after the other and after a warning.
///
/// # Errors
/// The settings cannot be used.
pub fn play_all(suites: Vec<Suite>, args: &live::Args) -> Result<Vec<Tested>, String> {
    let url = args.gateway.url().unwrap_or_default();
    let count: usize = suites.iter().map(|suite| suite.scripts.len()).sum();
    complain(format_args!(
        "wotnot flow test: {} become real conversations through the gateway at {url}",
        counted(count, "script")
    ));
    suites
        .into_iter()
        .map(|suite| {
            let app = match (&args.gateway.app, &args.gateway.origin) {
                (None, None) => live::bot_key(&suite.flow)?,
                // They are taken from the arguments.
                _ => String::new(),
            };
            let played = suite.scripts.iter().map(|script| {
                let outcome = with_running(script, args, &app);
                Played {
                    script: script.clone(),
                    outcome: outcome.unwrap_or_else(Outcome::Broken),
                }
            });
            Ok(Tested {
                played: played.collect(),
                flow: suite.flow,
                coverage: None,
            })
        })
        .collect()
}

fn with_running(path: &Path, args: &live::Args, app: &str) -> Result<Outcome, String> {
    let script = read(path)?;
    if let Some(skipped) = live::needs_an_agent(&script) {
        return Ok(skipped);
    }
    let client = client(args.gateway.config(&args.service, app)?)?;
    let variables = play::variables(&script);
    let brings = names(&variables);
    let mut channel = Through::new(client, Some(variables)).reading(read_beside(path));
    let url = args.gateway.url().unwrap_or_default();
    let known = channel.open().map_err(|error| explained(&error, &url))?;
    if known.is_some() {
        return Err("the visitor has a conversation there that has not ended".to_owned());
    }
    let patience = TurnEnd::Silence(Duration::from_secs(args.patience));
    let mut conversation = Conversation::through(channel, patience);
    let agent = |_: &str, _: &Spoken| Err("nobody is there".to_owned());
    let mut outcome = compare(&script, &mut conversation, &agent);
    if let (Outcome::Failed(failure), false) = (&mut outcome, brings.is_empty()) {
        failure.problem.push_str(&format!(
            "; the script brings {}, which a gateway passes on where `variables_from_page` of its site lists it",
            brings.join(", ")
        ));
    }
    Ok(outcome)
}

fn client(config: Config) -> Result<Client, String> {
    Client::new(config).map_err(|error| error.message().to_owned())
}

fn compare(script: &Script, conversation: &mut Conversation, agent: Agent<'_>) -> Outcome {
    run::compare(
        script,
        conversation,
        agent,
        &FileSource::Upload,
        Judge::Gateway,
    )
}

fn read(path: &Path) -> Result<Script, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Script::parse(&text).map_err(|error| error.to_string())
}

/// The variables that a page can bring, by their full names.
fn names(variables: &Variables) -> Vec<String> {
    let scopes = [
        ("contact", &variables.contact),
        ("conversation", &variables.conversation),
    ];
    let of = |(scope, values)| {
        let values: &Option<serde_json::Map<_, _>> = values;
        let names = values.iter().flat_map(serde_json::Map::keys);
        names
            .map(|name| format!("{scope}.{name}"))
            .collect::<Vec<_>>()
    };
    scopes.into_iter().flat_map(of).collect()
}

/// The file beside the script; one that is not there is a few bytes of its type, because a bot sees no more of it.
fn read_beside(script: &Path) -> ReadFile {
    let folder: PathBuf = script.parent().unwrap_or(Path::new("")).to_owned();
    Box::new(move |path: &Path| {
        let path = folder.join(path);
        match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(sample(&path)),
            read => read,
        }
    })
}

/// How a file with this name begins.
fn sample(path: &Path) -> Vec<u8> {
    let extension = path
        .extension()
        .map(|it| it.to_string_lossy().to_lowercase());
    let bytes: &[u8] = match extension.as_deref().unwrap_or_default() {
        "jpg" | "jpeg" => b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01",
        "png" => b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "gif" => b"GIF89a\x01\0\x01\0",
        "webp" => b"RIFF\x04\0\0\0WEBPVP8 ",
        "pdf" => b"%PDF-1.4\n",
        "mp3" => b"ID3\x03\0\0\0\0\0\0",
        "ogg" => b"OggS\0\x02",
        "mp4" => b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        "webm" => b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm",
        _ => b"A file of a chat script.\n",
    };
    bytes.to_vec()
}
