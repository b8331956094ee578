//! `wotnot chat`: a conversation in the terminal with a bot at any service.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wotnot_core::{Client, Config, Error, Message, Start};

use crate::exit;
use crate::talk::answer::FileBaseUrl;
use crate::talk::conversation::{Conversation, TurnEnd, explain_start};
use crate::talk::lines::{Lines, is_interactive};
use crate::talk::screen;
use crate::talk::session::Session;
use crate::talk::transcript::Transcript;
use crate::target::{Bot, Events, Setting, Target, variables};

/// Arguments of `wotnot chat`.
#[derive(clap::Args)]
#[command(after_help = exit::CODES)]
#[group(skip)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    bot: Bot,
    #[command(flatten)]
    events: Events,
    /// Your own id of the visitor; a new one when left out
    #[arg(long, value_name = "ID")]
    visitor: Option<String>,
    /// Go on with this conversation instead of starting one
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// A variable that the first message brings, such as contact.name=Asha; give it again for more
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "conversation")]
    set: Vec<Setting>,
    /// Say this first
    #[arg(long, value_name = "TEXT")]
    say: Option<String>,
    /// Lines in, lines out: no keys, no colours; what a pipe gets anyway
    #[arg(long)]
    plain: bool,
    /// Write the conversation down as a chat script when it is over
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    /// Where files that you name by path can be fetched; nothing is uploaded
    #[arg(long, value_name = "URL")]
    files_at: Option<String>,
    /// How long the bot may be silent before it is your turn, when it asks nothing
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience: u64,
}

/// Runs the command.
pub fn run(args: Args) -> ExitCode {
    let made = args.config().and_then(|config| {
        let client = Client::new(config).map_err(|error| error.message().to_owned())?;
        let status = client.status().map_err(|error| error.to_string())?;
        Ok((client, status.webhook_url.unwrap_or_default()))
    });
    match made {
        Ok((client, webhook_url)) => match talk(&args, &client, &webhook_url).1 {
            Ok(()) => ExitCode::SUCCESS,
            Err((problem, code)) => exit::fail("chat", &problem, code),
        },
        Err(problem) => exit::fail("chat", &problem, exit::USAGE),
    }
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

/// Holds the conversation, and gives it as a chat script, however it ended.
pub fn talk(args: &Args, client: &Client, webhook_url: &str) -> (String, Result<(), Failed>) {
    let lines = match args.plain || !is_interactive() {
        true => Ok(Lines::piped(Vec::new())),
        false => Lines::terminal(),
    };
    let lines = match lines {
        Ok(lines) => lines,
        Err(problem) => return (String::new(), Err((problem, exit::FAILED))),
    };
    let mut session = Session {
        conversation: conversation(args, client),
        lines,
        files: FileBaseUrl(args.files_at.clone()),
        transcript: Transcript::default(),
    };
    introduce(args, client, webhook_url, &session);
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
    let turn_end = TurnEnd::Silence(Duration::from_secs(args.patience));
    let conversation = Conversation::new(client, start, turn_end);
    match &args.conversation {
        Some(id) => conversation.resume(id.clone()),
        None => conversation,
    }
}

/// Unique enough for one person at a terminal.
pub fn new_visitor() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    format!("terminal-{millis}-{}", std::process::id())
}

fn introduce(args: &Args, client: &Client, webhook_url: &str, session: &Session) {
    if let Ok(status) = client.status() {
        screen::print(&screen::note(&format!("talking to {}", status.base_url)));
        let events = format!("events are taken at {webhook_url}");
        screen::print(&screen::note(&events));
    }
    if matches!(session.lines, Lines::Terminal(_)) {
        let begin = match (&args.say, &args.conversation) {
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
