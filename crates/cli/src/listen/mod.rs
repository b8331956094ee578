//! `wotnot listen`: prints events as the service posts them, until it is asked to stop.

mod filter;
mod kept;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use wotnot_core::{Client, Code, Config, Event, EventFilter, EventKind};

use self::filter::{Filter, Selection};
use self::kept::Keeper;
use crate::forward::{Endpoint, Forwarder};
use crate::refused::{LOOK_EVERY, Refusals};
use crate::screen;
use crate::target::Events;
use crate::{exit, output};

const AFTER_HELP: &str = "\
Exit codes:
  0  stopped by Ctrl-C, or --count events were printed
  1  something failed
  2  wrong arguments or settings, or the address cannot be listened on
  6  --for is over, and not --count events were printed
  7  the output could not be written, as on a full disk

Posts that are refused, as with another webhook token, are reported on standard error.";

/// Arguments of `wotnot listen`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    #[command(flatten)]
    events: Events,
    #[command(flatten)]
    wanted: Selection,
    /// Post the printed events to this URL, as the service does; may be repeated
    #[arg(long, value_name = "URL")]
    forward_to: Vec<Endpoint>,
    /// A file of certificates (PEM) to trust besides the system's, for https:// endpoints
    #[arg(long, value_name = "FILE", env = "WOTNOT_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Forward over http:// to other machines too: the token travels in the clear
    #[arg(long, requires = "forward_to")]
    allow_http: bool,
    /// Append the printed events to this file; it holds what visitors said
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// First print and forward this many of the newest events of the --keep file
    #[arg(long, value_name = "NUMBER", requires = "keep", default_value_t = 0)]
    replay: usize,
    /// Stop after this many events, those of --replay not counted
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
    /// Stop after this many seconds
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
    let exposed = args.forward_to.iter().find(|url| url.is_exposed());
    if let (Some(url), false) = (exposed, args.allow_http) {
        return Err(format!(
            "--forward-to {url}: the token would travel in the clear to another machine; give --allow-http if it may"
        ));
    }
    Forwarder::start(
        &args.forward_to,
        args.events.token()?,
        args.ca_file.as_deref(),
    )
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
    let mut filter = Filter::new(&args.wanted);
    let mut printer = match Printer::begin(args, &client, &mut filter, forwarder) {
        Ok(printer) => printer,
        Err(Stopped::Unusable(problem)) => return exit::fail("listen", &problem, exit::USAGE),
        Err(Stopped::Unwritten(error)) => return output::end("listen", 0, Err(error)),
    };
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
                if !filter.takes(&event) {
                    continue;
                }
                printed += 1;
                if let Err(error) = printer.print(&event) {
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

fn introduce(args: &Args, client: &Client) -> std::io::Result<()> {
    let url = client.status().ok().and_then(|status| status.webhook_url);
    output::line(&match args.json {
        true => json!({"type": "listening", "webhook_url": url}).to_string(),
        false => {
            let url = url.unwrap_or_default();
            screen::note(&format!("listening at {url}; Ctrl-C stops"))
        }
    })
}

/// Why nothing is printed any more.
enum Stopped {
    /// The kept events cannot be used.
    Unusable(String),
    /// The output cannot be written.
    Unwritten(std::io::Error),
}

/// Where events go.
struct Printer<'a> {
    args: &'a Args,
    forwarder: &'a Forwarder,
    keeper: Option<Keeper>,
}

impl<'a> Printer<'a> {
    /// Says where it listens, and prints what is replayed.
    fn begin(
        args: &'a Args,
        client: &Client,
        filter: &mut Filter<'_>,
        forwarder: &'a Forwarder,
    ) -> Result<Self, Stopped> {
        let mut printer = Self {
            args,
            forwarder,
            keeper: None,
        };
        let mut replayed = std::collections::VecDeque::new();
        if let (Some(path), 1..) = (&args.keep, args.replay) {
            let token = args.events.token().map_err(Stopped::Unusable)?;
            let wanted = |event: &Event| filter.takes(event);
            replayed =
                kept::last(path, args.replay, client, &token, wanted).map_err(Stopped::Unusable)?;
        }
        let keeper = args.keep.as_deref().map(Keeper::open).transpose();
        let keeper = keeper.map_err(Stopped::Unusable)?;
        introduce(args, client).map_err(Stopped::Unwritten)?;
        for event in &replayed {
            printer.print(event).map_err(Stopped::Unwritten)?;
        }
        printer.keeper = keeper;
        Ok(printer)
    }

    fn print(&mut self, event: &Event) -> std::io::Result<()> {
        if let Some(keeper) = &mut self.keeper {
            keeper.add(event)?;
        }
        self.forwarder.send(&event.raw);
        match self.args.json {
            true => output::line(&serde_json::to_string(event)?),
            false => output::line(&in_words(event)),
        }
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
