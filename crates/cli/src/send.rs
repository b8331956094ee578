//! `wotnot send`: one message, into a conversation or to start one, for scripts.

use std::io::Read;
use std::process::ExitCode;
use std::time::Instant;

use clap::ArgGroup;
use serde_json::{Value, json};
use wotnot_core::strict::read_message;
use wotnot_core::{CallOptions, Client, Error, Message, Start};
use wotnot_json::Outcome;

use crate::explain::explain_start;
use crate::refused::Refusals;

use crate::screen;
use crate::target::{Bot, Events, Setting, Target, variables};
use crate::{exit, output};

/// Arguments of `wotnot send`.
#[derive(clap::Args)]
#[command(after_help = exit::OF_A_MESSAGE)]
#[command(group = ArgGroup::new("whom").required(true).args(["conversation", "visitor"]))]
#[command(group = ArgGroup::new("what").required(true).args(["text", "message"]))]
pub struct Args {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    bot: Bot,
    /// The conversation to send into
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Start a conversation for this visitor: your own id of them
    #[arg(long, value_name = "ID")]
    visitor: Option<String>,
    /// A variable that a start brings, such as contact.name=Asha; may be repeated
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "conversation")]
    set: Vec<Setting>,
    /// What the visitor says
    text: Option<String>,
    /// The message as JSON, {"type": .., "data": ..}, instead of a text; `-` reads standard input
    #[arg(long, value_name = "JSON")]
    message: Option<String>,
    /// Wait for the bot's whole turn and print it; the service must post to --listen
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    events: Events,
    /// Print the envelope: {"ok": true, "value": ..} or {"ok": false, "error": ..}
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args) -> ExitCode {
    let (method, outcome) = match &args.conversation {
        Some(id) if args.wait => ("converse", converse(&args, id)),
        Some(id) => ("send_message", send(&args, id)),
        None => ("start_conversation", start(&args)),
    };
    match outcome {
        Ok(value) => {
            let text = in_words(&args, &value);
            let written = output::line(&text).map_err(|error| match error.kind() {
                std::io::ErrorKind::BrokenPipe => error,
                // An id that nobody sees is a conversation that nobody can go on with.
                _ => std::io::Error::other(format!("{error}; it was: {text}")),
            });
            output::end("send", 0, written)
        }
        Err(Failure::Setting(problem)) => exit::fail("send", &problem, exit::USAGE),
        Err(Failure::Call(error)) => {
            let code = exit::of(&error);
            if args.json {
                let text = Outcome::failed(error, method).to_json();
                output::end("send", code, output::line(&text))
            } else {
                let bot_key = args.bot.bot_key.as_deref();
                exit::fail("send", &explain_start(&error, bot_key), code)
            }
        }
    }
}

enum Failure {
    Setting(String),
    Call(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

fn client(args: &Args) -> Result<Client, Failure> {
    let mut config = args.target.config().map_err(Failure::Setting)?;
    args.bot.apply(&mut config);
    if args.wait {
        config.webhook = Some(args.events.webhook().map_err(Failure::Setting)?);
    }
    Ok(Client::new(config)?)
}

fn start(args: &Args) -> Result<Value, Failure> {
    let start = Start {
        visitor_id: args.visitor.clone().unwrap_or_default(),
        message: message(args)?,
        variables: variables(&args.set),
        bot_key: None,
    };
    let client = client(args)?;
    let begun = Instant::now();
    let started = client.start_conversation(&start, &CallOptions::default())?;
    let mut value = json!(started);
    if args.wait {
        let rest = CallOptions {
            timeout: Some(client.timeout().saturating_sub(begun.elapsed())),
            ..CallOptions::default()
        };
        let id = &started.conversation.id;
        let turn = client.await_turn(id, None, &rest);
        tell_refusals(&client);
        if turn.is_err() {
            output::complain(format_args!("wotnot send: conversation {id} is started"));
        }
        value["turn"] = json!(turn?);
    }
    Ok(value)
}

fn send(args: &Args, conversation: &str) -> Result<Value, Failure> {
    let message = message(args)?;
    let sent = client(args)?.send_message(conversation, &message, &CallOptions::default())?;
    Ok(json!(sent))
}

fn converse(args: &Args, conversation: &str) -> Result<Value, Failure> {
    let message = message(args)?;
    let client = client(args)?;
    let turn = client.chat(conversation).converse(&message);
    tell_refusals(&client);
    Ok(json!(turn?))
}

fn tell_refusals(client: &Client) {
    if let Some(news) = Refusals::default().news(client) {
        output::complain(format_args!("wotnot send: {news}"));
    }
}

fn message(args: &Args) -> Result<Message, Failure> {
    let Some(given) = &args.message else {
        let text = args.text.as_deref().unwrap_or_default();
        return Ok(Message::text(text));
    };
    let mut text = given.clone();
    if given == "-" {
        text.clear();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| Failure::Setting(format!("standard input: {error}")))?;
    }
    let value = serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::Setting(format!("--message: not JSON: line {line}, column {column}"))
    })?;
    Ok(read_message(value)?)
}

fn in_words(args: &Args, value: &Value) -> String {
    if args.json {
        return json!({"ok": true, "value": value}).to_string();
    }
    let text = |pointer: &str| {
        let found = value.pointer(pointer).and_then(Value::as_str);
        found.map(str::to_owned).unwrap_or_default()
    };
    // Line by line: what a bot says is not to drive the terminal.
    let said =
        |pointer: &str| -> Vec<String> { text(pointer).lines().map(screen::visible).collect() };
    match &args.conversation {
        Some(_) if args.wait => said("/text").join("\n"),
        Some(_) => format!("message {}", text("/message_id"))
            .trim_end()
            .to_owned(),
        None => {
            let mut lines = vec![format!("conversation {}", text("/conversation/id"))];
            lines.extend(said("/turn/text"));
            lines.join("\n")
        }
    }
}
