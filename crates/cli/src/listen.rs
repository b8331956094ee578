//! `wotnot listen`: prints events as the service posts them, until it is told to stop.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use wotnot_core::{Client, Code, Config, Event, EventFilter, EventKind};

use crate::forward::{Endpoint, Forwarder};
use crate::refused::{LOOK_EVERY, Refusals};
use crate::talk::screen;
use crate::target::Events;
use crate::{exit, output};

const AFTER_HELP: &str = "\
Exit codes:
  0  stopped by Ctrl-C, or --count events were printed
  1  something failed
  2  wrong arguments or settings, or the address cannot be listened on
  6  --for is over, and not --count events were printed
  7  the output could not be written, as on a full disk

Posts that are refused, as with another webhook token, are told on standard error.";

/// Arguments of `wotnot listen`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    #[command(flatten)]
    events: Events,
    /// Print the events of this conversation alone; those of others are taken and left out
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Print the events of this visitor alone: your own id of them, or the service's key
    #[arg(long, value_name = "ID")]
    visitor: Option<String>,
    /// Hand the printed events on to this http:// URL, as the service posts them; give it again for more
    #[arg(long, value_name = "URL")]
    forward_to: Vec<Endpoint>,
    /// Forward to other machines too: the token travels in the clear
    #[arg(long, requires = "forward_to")]
    allow_http: bool,
    /// Stop after so many events
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
    /// Stop after so many seconds
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Print one JSON object a line; the first is {"type": "listening", "webhook_url": ..}
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args) -> ExitCode {
    let forwarder = match forwarder(&args) {
        Ok(forwarder) => forwarder,
        Err(problem) => return exit::fail("listen", &problem, exit::USAGE),
    };
    let code = listen(&args, &forwarder);
    forwarder.finish();
    code
}

fn forwarder(args: &Args) -> Result<Forwarder, String> {
    let elsewhere = args.forward_to.iter().find(|url| url.is_elsewhere());
    if let (Some(url), false) = (elsewhere, args.allow_http) {
        return Err(format!(
            "--forward-to {url}: the token would travel in the clear to another machine; give --allow-http if it may"
        ));
    }
    Ok(Forwarder::start(&args.forward_to, args.events.token()?))
}

fn listen(args: &Args, forwarder: &Forwarder) -> ExitCode {
    let client = match client(args) {
        Ok(client) => Arc::new(client),
        Err(problem) => return exit::fail("listen", &problem, exit::USAGE),
    };
    let (closing, stop) = (Arc::clone(&client), forwarder.stop());
    // A second handler cannot be set; the first one does the same.
    let _ = ctrlc::set_handler(move || {
        stop.ask();
        closing.close();
    });
    introduce(args, &client);
    let deadline = args
        .seconds
        .and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
    let mut printed = 0;
    let mut refusals = Refusals::default();
    while args.count.is_none_or(|count| printed < count) {
        if let Some(news) = refusals.news(&client) {
            output::complain(format_args!("wotnot listen: {news}"));
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let wait = left.unwrap_or(LOOK_EVERY).min(LOOK_EVERY);
        match client.receive_wanted(EventFilter::Any, Some(wait), None) {
            Ok(event) => {
                if !is_wanted(args, &event) {
                    continue;
                }
                printed += 1;
                forwarder.send(&event.raw);
                if let Err(error) = write(args, &event) {
                    // Where the reader has left, there is nobody to print for.
                    return output::end("listen", 0, Err(error));
                }
            }
            Err(error) => match error.code() {
                Code::Closed => return ExitCode::SUCCESS,
                Code::Timeout if left.is_none_or(|left| !left.is_zero()) => {}
                Code::Timeout if args.count.is_none() => return ExitCode::SUCCESS,
                Code::Timeout => return ExitCode::from(exit::TIMEOUT),
                _ => return exit::fail("listen", &error.to_string(), exit::FAILED),
            },
        }
    }
    ExitCode::SUCCESS
}

fn client(args: &Args) -> Result<Client, String> {
    // Nothing is sent, so the account's token is not needed, but the library requires one.
    let mut config = Config::new("not-used");
    config.webhook = Some(args.events.webhook()?);
    Client::new(config).map_err(|error| error.message().to_owned())
}

fn introduce(args: &Args, client: &Client) {
    let url = client.status().ok().and_then(|status| status.webhook_url);
    if args.json {
        let _ = output::line(&json!({"type": "listening", "webhook_url": url}).to_string());
    } else {
        let url = url.unwrap_or_default();
        screen::print(&screen::note(&format!("listening at {url}; Ctrl-C stops")));
    }
}

fn is_wanted(args: &Args, event: &Event) -> bool {
    let of_conversation = args.conversation.is_none() || args.conversation == event.conversation_id;
    let of_visitor = args.visitor.as_deref().is_none_or(|id| {
        // The service's key is one's own id with the account's number behind it.
        let key = event.visitor_key.as_deref().unwrap_or_default();
        key == id || key.rsplit_once('_').is_some_and(|(own, _)| own == id)
    });
    of_conversation && of_visitor
}

fn write(args: &Args, event: &Event) -> std::io::Result<()> {
    match args.json {
        true => output::line(&serde_json::to_string(event)?),
        false => output::line(&in_words(event)),
    }
}

/// `10:00:00.123  3f0c  message by bot: Pick one [Sales] [Support]`
fn in_words(event: &Event) -> String {
    let time = event.received_at.get(11..23).unwrap_or_default();
    let conversation = event.conversation_id.as_deref().unwrap_or("-");
    let mut words = format!(
        "{time}  {}  {}",
        screen::visible(conversation),
        event.kind.name()
    );
    match (&event.content, &event.payload) {
        (Some(said), _) => {
            let by = said.by.as_deref().unwrap_or("nobody named");
            let text = said.text.split_whitespace().collect::<Vec<_>>().join(" ");
            words.push_str(&format!(
                " by {}: {}",
                screen::visible(by),
                screen::visible(&text)
            ));
            if let Some(wotnot_core::Prompt::Choice { options, .. }) = &said.prompt {
                for option in options {
                    words.push_str(&format!(" [{}]", screen::visible(&option.label)));
                }
            }
        }
        (None, Some(payload)) if event.kind != EventKind::ConversationCreated => {
            words.push_str(&format!(" {}", screen::visible(&payload.to_string())));
        }
        _ => {}
    }
    words
}
