//! `wotnot chat`: a conversation in the terminal with a bot at any service.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wotnot_core::{Client, Config, Error, Message, Start};

use crate::exit;
use crate::explain::explain_start;
use crate::gateway::DEV_SITE;
use crate::screen;
use crate::talk::Heard;
use crate::talk::answer::FileSource;
use crate::talk::conversation::{Conversation, TurnEnd};
use crate::talk::lines::{Lines, is_interactive};
use crate::talk::session::Session;
use crate::talk::shown;
use crate::talk::transcript::Transcript;
use crate::target::{Bot, Events, Setting, Target, variables};
use crate::visitor::channel::Through;
use crate::visitor::{Gateway, explained};

/// Arguments of `wotnot chat`.
#[derive(clap::Args)]
#[command(after_help = exit::OF_A_CONVERSATION)]
#[group(skip)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    bot: Bot,
    #[command(flatten)]
    events: Events,
    #[command(flatten)]
    gateway: Gateway,
    /// Your own id of the visitor; a new one when left out
    #[arg(long, value_name = "ID")]
    visitor: Option<String>,
    /// Go on with this conversation instead of starting one
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// A variable that the first message brings, such as contact.name=Asha; may be repeated
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "conversation")]
    set: Vec<Setting>,
    /// Say this first
    #[arg(long, value_name = "TEXT")]
    say: Option<String>,
    /// Lines in, lines out, without colours; the default where there is no terminal
    #[arg(long)]
    plain: bool,
    /// Write the conversation down as a chat script when it is over
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    /// Where files that you name by path can be fetched; nothing is uploaded to the service
    #[arg(long, value_name = "URL")]
    files_at: Option<String>,
    /// How long the bot may be silent before it is your turn, when it asks nothing
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience: u64,
}

/// Runs the command.
pub fn run(args: Args) -> ExitCode {
    let talked = match args.is_through_a_gateway() {
        true => args
            .gateway_config()
            .and_then(|config| args.client(config))
            .map_err(|problem| (problem, exit::USAGE))
            .and_then(|client| through(&args, client))
            .and_then(|partner| talk(&args, partner).1),
        false => with_the_service(&args),
    };
    match talked {
        Ok(()) => ExitCode::SUCCESS,
        Err((problem, code)) => exit::fail("chat", &problem, code),
    }
}

fn with_the_service(args: &Args) -> Result<(), Failed> {
    let usage = |problem| (problem, exit::USAGE);
    let client = args.config().and_then(|config| args.client(config));
    let client = client.map_err(usage)?;
    let status = client.status().map_err(|error| usage(error.to_string()))?;
    let webhook_url = status.webhook_url.unwrap_or_default();
    talk(args, direct(args, &client, &webhook_url)).1
}

impl Args {
    /// The configuration of the client.
    ///
    /// # Errors
    /// A token is missing, or a file cannot be read.
    pub fn config(&self) -> Result<Config, String> {
        let mut config = self.target.config()?;
        self.bot.apply(&mut config);
        config.webhook = Some(self.events.webhook()?);
        Ok(config)
    }

    /// Whether a gateway is named.
    pub fn is_through_a_gateway(&self) -> bool {
        self.gateway.gateway.is_some()
    }

    /// A client with this configuration. Nothing is sent yet.
    ///
    /// # Errors
    /// The configuration cannot be used.
    pub fn client(&self, config: Config) -> Result<Client, String> {
        Client::new(config).map_err(|error| error.message().to_owned())
    }

    /// The configuration of a visitor of the gateway.
    ///
    /// # Errors
    /// Arguments that have no meaning there, or that cannot be used.
    pub fn gateway_config(&self) -> Result<Config, String> {
        for (given, why) in [
            (
                self.visitor.is_some(),
                "--visitor: a gateway gives its visitors ids of its own; --identity-file says who a known one is",
            ),
            (
                self.conversation.is_some(),
                "--conversation: a gateway goes on with the visitor's own; --identity-file says who that is",
            ),
            (
                self.files_at.is_some(),
                "--files-at: files go to a gateway by themselves; name their paths",
            ),
        ] {
            if given {
                return Err(why.to_owned());
            }
        }
        self.gateway.config(&self.target, DEV_SITE)
    }

    /// What the site signed of the visitor.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub fn identity(&self) -> Result<Option<String>, String> {
        self.gateway.identity()
    }

    /// The tokens of the configuration.
    ///
    /// # Errors
    /// As [`Args::config`].
    pub fn secrets(&self) -> Result<Vec<String>, String> {
        Ok(vec![self.target.token()?, self.events.token()?])
    }
}

/// Why a conversation ended early, and the exit code for it.
pub type Failed = (String, u8);

/// Which side the visitor talks to.
pub struct Partner<'a> {
    conversation: Conversation<'a>,
    files: FileSource,
    /// Where that is, and what is to be known of it.
    introduction: Vec<String>,
    /// What was said before, where a conversation goes on.
    before: Vec<Heard>,
}

/// The service itself.
pub fn direct<'a>(args: &Args, client: &'a Client, webhook_url: &str) -> Partner<'a> {
    let base_url = client.status().map(|status| status.base_url);
    Partner {
        conversation: conversation(args, client),
        files: FileSource::at(args.files_at.clone()),
        introduction: vec![
            format!("talking to {}", base_url.unwrap_or_default()),
            format!("events are taken at {webhook_url}"),
        ],
        before: Vec::new(),
    }
}

/// A gateway, which may know the visitor already.
///
/// # Errors
/// It takes nobody from here.
pub fn through(args: &Args, client: Client) -> Result<Partner<'static>, Failed> {
    let url = args.gateway.url().unwrap_or_default();
    let mut channel = Through::new(client, variables(&args.set));
    let known = channel
        .open()
        .map_err(|error| (explained(&error, &url), exit::of(&error)))?;
    let mut conversation = Conversation::through(channel, turn_end(args));
    let mut introduction = vec![format!("talking through the gateway at {url}")];
    let mut before = Vec::new();
    if let Some((id, heard)) = known {
        introduction.push("the conversation goes on".to_owned());
        conversation = conversation.resume(id);
        heard.iter().for_each(|heard| conversation.note(heard));
        before = heard;
    }
    Ok(Partner {
        conversation,
        files: FileSource::Upload,
        introduction,
        before,
    })
}

/// Holds the conversation, and gives it as a chat script, however it ended.
pub fn talk(args: &Args, partner: Partner) -> (String, Result<(), Failed>) {
    let lines = match args.plain || !is_interactive() {
        true => Ok(Lines::piped(Vec::new())),
        false => Lines::terminal(),
    };
    let lines = match lines {
        Ok(lines) => lines,
        Err(problem) => return (String::new(), Err((problem, exit::FAILED))),
    };
    introduce(args, &partner, &lines);
    let mut session = Session {
        conversation: partner.conversation,
        lines,
        files: partner.files,
        transcript: Transcript::default(),
    };
    let outcome = converse(args, &mut session).map_err(|error| {
        let bot_key = args.bot.bot_key.as_deref();
        (explain_start(&error, bot_key), exit::of(&error))
    });
    let text = session.transcript.text();
    match args
        .transcript
        .as_ref()
        .map(|path| (path, session.transcript.save(path)))
    {
        Some((_, Err(problem))) => (text, Err((problem, exit::FAILED))),
        Some((path, Ok(()))) => {
            screen::print(&screen::note(&format!("saved to {}", path.display())));
            (text, outcome)
        }
        None => (text, outcome),
    }
}

fn converse(args: &Args, session: &mut Session) -> Result<(), Error> {
    if let Some(settings) = variables(&args.set)
        && let Some(contact) = &settings.contact
    {
        session.transcript.contact(contact);
    }
    if let Some(text) = &args.say {
        screen::print(&screen::visitor(text));
        session.say(&Message::text(text))?;
    }
    session.converse()
}

fn conversation<'a>(args: &Args, client: &'a Client) -> Conversation<'a> {
    let start = Start {
        visitor_id: args.visitor.clone().unwrap_or_else(new_visitor),
        message: Message::text(""),
        variables: variables(&args.set),
        bot_key: None,
    };
    let conversation = Conversation::new(client, start, turn_end(args));
    match &args.conversation {
        Some(id) => conversation.resume(id.clone()),
        None => conversation,
    }
}

fn turn_end(args: &Args) -> TurnEnd<'static> {
    TurnEnd::Silence(Duration::from_secs(args.patience))
}

/// Unique enough for one person at a terminal.
pub fn new_visitor() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    format!("terminal-{millis}-{}", std::process::id())
}

fn introduce(args: &Args, partner: &Partner, lines: &Lines) {
    for line in &partner.introduction {
        screen::print(&screen::note(line));
    }
    for heard in &partner.before {
        screen::print(&shown::heard(heard));
    }
    if matches!(lines, Lines::Terminal(_)) {
        let begin = match (&args.say, partner.conversation.id()) {
            (None, None) => "say something to begin; ",
            _ => "",
        };
        screen::print(&screen::note(&format!(
            "{begin}/help names the commands, Ctrl-D leaves"
        )));
    } else if std::io::stdin().is_terminal() {
        screen::print(&screen::note("one answer a line; Ctrl-D leaves"));
    }
}
