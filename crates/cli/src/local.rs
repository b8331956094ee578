//! A conversation with an emulator in this process, by the real client: for `wotnot demo` and `wotnot flow test`.

use std::time::Duration;

use wotnot_core::{Client, Config, Message, Start, Variables, Webhook as Listener};
use wotnot_emulator::script::Spoken;
use wotnot_emulator::{Emulator, Webhook};

use crate::talk::answer::FileSource;
use crate::talk::conversation::{Conversation, TurnEnd};

const WEBHOOK_TOKEN: &str = "demo-webhook-token";
/// Nothing is fetched from there: the emulator reads the links alone.
const FILES_AT: &str = "https://files.example.com";
/// How long the bot may take; the emulator says when it is done, so this only ends what hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// The real client: it calls the emulator over HTTP, and the emulator posts events to its listener.
///
/// # Errors
/// The client cannot be made.
pub fn client(emulator: &Emulator) -> Result<Client, String> {
    let client = Client::new(Config {
        base_url: emulator.base_url(),
        bot_key: emulator.bot_keys().into_iter().next(),
        webhook: Some(Listener {
            listen: Some((std::net::Ipv4Addr::LOCALHOST, 0).into()),
            ..Listener::new(WEBHOOK_TOKEN)
        }),
        ..Config::new(emulator.token())
    })
    .map_err(|error| error.to_string())?;
    let url = client
        .status()
        .map_err(|error| error.to_string())?
        .webhook_url;
    emulator
        .set_webhook(Some(Webhook {
            url: url.unwrap_or_default(),
            token: Some(WEBHOOK_TOKEN.to_owned()),
            ..Webhook::default()
        }))
        .map_err(|error| error.to_string())?;
    Ok(client)
}

/// A conversation whose turns end when the emulator has delivered all that the bot said. `delayed` is called
/// again and again while the bot is in a delay.
pub fn conversation<'a>(
    emulator: &'a Emulator,
    client: &'a Client,
    variables: Variables,
    delayed: fn(&Emulator),
) -> Conversation<'a> {
    let start = Start {
        visitor_id: "demo-visitor".to_owned(),
        message: Message::text(""),
        variables: Some(variables),
        bot_key: None,
    };
    let settled = move |id: &str, events: u64| {
        let Some(transcript) = emulator.transcript(id) else {
            return false;
        };
        if transcript.place == "waiting" {
            delayed(emulator);
            return false;
        }
        transcript.entries.last().map_or(0, |entry| entry.seq) <= events
    };
    Conversation::new(client, start, TurnEnd::Settled(Box::new(settled), DEADLINE))
}

/// Plays the agent of a script.
pub fn agent(emulator: &Emulator) -> impl Fn(&str, &Spoken) -> Result<(), String> {
    |id, spoken| {
        let done = match spoken {
            Spoken::GivesBack => emulator.give_back(id).map(|given| {
                given
                    .then_some(())
                    .ok_or_else(|| "no person has the conversation".to_owned())
            }),
            Spoken::Agent(text) => emulator.agent_says(id, text).map(Ok),
            _ => Ok(Ok(())),
        };
        done.map_err(|error| error.to_string())?
    }
}

/// Where the visitor's files seem to be.
pub fn files_at() -> FileSource {
    FileSource::Below(FILES_AT.to_owned())
}
