//! A conversation through a gateway, for the terminal, a script or a recording.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use wotnot_core::visitor::{Asked, content};
use wotnot_core::{Code, Error, Message, Result, Variables};
use wotnot_gateway::config::random_hex;

use super::entry::{self, Entry};
use super::feed::{EntryTap, Feed};
use super::files::{self, ReadFile};
use super::link::{Body, Call, SharedLink};
use crate::talk::channel::{Cancel, Channel, Received, Resolve};
use crate::talk::{Heard, Question};
use crate::wire::fixture::Kind;

/// The messages that are shown of a conversation which goes on.
const SHOWN: usize = 50;

/// The way through a gateway.
pub struct Through {
    link: SharedLink,
    variables: Option<Variables>,
    read_file: ReadFile,
    tap: Option<EntryTap>,
    feed: FeedSlot,
}

/// The feed, once there is a conversation; shared with who has to know whether all of it was taken.
pub type FeedSlot = Arc<std::sync::OnceLock<Arc<Feed>>>;

impl Through {
    /// Conversations that begin with these variables; the gateway takes those that its site lists.
    pub fn new(link: SharedLink, variables: Option<Variables>) -> Self {
        Self {
            link,
            variables,
            read_file: Box::new(|path: &Path| std::fs::read(path)),
            tap: None,
            feed: FeedSlot::default(),
        }
    }

    /// Reads files another way.
    pub fn reading(mut self, read_file: ReadFile) -> Self {
        self.read_file = read_file;
        self
    }

    /// Shows each entry of the log to `tap` too.
    pub fn tapped(mut self, tap: EntryTap) -> Self {
        self.tap = Some(tap);
        self
    }

    /// The feed, which is there once the conversation has begun.
    pub fn feed(&self) -> FeedSlot {
        Arc::clone(&self.feed)
    }

    /// Begins the session. Gives the conversation that the visitor has there already, with what was said in it.
    ///
    /// # Errors
    /// The gateway takes nobody from here.
    pub fn open(&mut self) -> Result<Option<(String, Vec<Heard>)>> {
        let session = self.link.open()?;
        let Some(id) = session["conversation"]["id"].as_str() else {
            return Ok(None);
        };
        let snapshot = self
            .link
            .get(&format!("/v1/conversations/{id}?limit={SHOWN}"))?;
        let waiting = &snapshot["prompt"]["seq"];
        let messages = snapshot["messages"].as_array().into_iter().flatten();
        let heard = messages.filter_map(|message| match entry::read(message) {
            Entry::Heard(Heard::Said(mut speech)) => {
                // Questions of before were answered.
                if message["seq"] != *waiting {
                    speech.question = None;
                }
                Some(Heard::Said(speech))
            }
            _ => None,
        });
        let mut heard: Vec<Heard> = heard.collect();
        if snapshot["state"] == "handover" {
            heard.push(Heard::HandedOver);
        }
        let cursor = snapshot["cursor"].as_str().map(str::to_owned);
        self.follow(id, cursor)?;
        Ok(Some((id.to_owned(), heard)))
    }

    fn follow(&mut self, id: &str, cursor: Option<String>) -> Result<&Arc<Feed>> {
        if self.feed.get().is_none() {
            let feed = Feed::start(Arc::clone(&self.link), id, cursor, self.tap.take())?;
            // Nobody else sets it.
            let _ = self.feed.set(feed);
        }
        self.feed
            .get()
            .ok_or_else(|| Error::new(Code::Internal, "there is no feed"))
    }
}

impl Channel for Through {
    fn say(
        &mut self,
        id: Option<&str>,
        question: Option<&Question>,
        message: &Message,
    ) -> Result<String> {
        let message = files::upload(&self.link, message, &self.read_file)?;
        let asked = question.and_then(|question| {
            let prompt = question.prompt.clone();
            question.entry.map(|seq| Asked { seq, prompt })
        });
        let said = content(&message, asked.as_ref(), "")?;
        let client_id = message_id()?;
        let mut post = json!({"client_id": client_id, said.field: said.value});
        let Some(id) = id else {
            if let Some(variables) = &self.variables {
                post["variables"] = json!(variables);
            }
            let begun = self.link.call(&Call {
                kind: Some(Kind::Start),
                method: "POST",
                path: "/v1/conversations",
                body: Body::Json(&post),
            })?;
            let Some(id) = begun["conversation"]["id"].as_str() else {
                let problem = "the gateway names no conversation";
                return Err(Error::new(Code::ProtocolError, problem));
            };
            self.follow(id, None)?.sent(&client_id);
            return Ok(id.to_owned());
        };
        if let Some(entry) = said.answer_to {
            post["answer_to"] = entry.into();
        }
        let feed = Arc::clone(self.follow(id, None)?);
        self.link.call(&Call {
            kind: Some(Kind::Send),
            method: "POST",
            path: &format!("/v1/conversations/{id}/messages"),
            body: Body::Json(&post),
        })?;
        feed.sent(&client_id);
        Ok(id.to_owned())
    }

    fn receive(
        &self,
        _id: Option<&str>,
        wait: Duration,
        cancel: Option<&Cancel>,
    ) -> Result<Received> {
        match self.feed.get() {
            Some(feed) => feed.receive(wait, cancel),
            None => Ok(Received::Nothing),
        }
    }

    fn events(&self) -> u64 {
        self.feed.get().map_or(0, |feed| feed.events())
    }

    fn resolve(&self, id: &str, wanted: Resolve) -> Result<bool> {
        let doubtful = self.feed.get().map(|feed| feed.in_doubt());
        let doubtful = doubtful.unwrap_or_default();
        let action = match wanted {
            Resolve::Resend => "resend",
            Resolve::Discard => "discard",
        };
        for client_id in &doubtful {
            self.link.call(&Call {
                kind: Some(Kind::Resolve),
                method: "POST",
                path: &format!("/v1/conversations/{id}/messages/{client_id}/resolve"),
                body: Body::Json(&json!({"action": action})),
            })?;
        }
        Ok(!doubtful.is_empty())
    }
}

impl Drop for Through {
    fn drop(&mut self) {
        if let Some(feed) = self.feed.get() {
            feed.stop();
        }
    }
}

/// Another one for each message of each process: a visitor whom a site identifies has had others.
fn message_id() -> Result<String> {
    random_hex(12).map_err(|error| Error::new(Code::Internal, error.to_string()))
}
