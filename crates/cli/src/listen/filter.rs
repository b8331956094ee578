//! Which events are wanted. Only the event that creates a conversation names its bot, so that of the others
//! the conversation is remembered.

use std::collections::{HashSet, VecDeque};

use serde_json::Value;
use wotnot_core::{Event, EventKind};

/// Conversations of the wanted bot that are remembered; beyond them the oldest is forgotten.
const REMEMBERED: usize = 100_000;

/// What is asked for.
#[derive(clap::Args)]
pub struct Selection {
    /// Print only the events of this conversation; others are received and left out
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Print only the events of this visitor: your own id of them, or the service's key
    #[arg(long, value_name = "ID")]
    visitor: Option<String>,
    /// Print only the events of this bot's conversations: its number, user id or e-mail address in the event
    /// that creates one. Conversations that began before are not known, and are left out
    #[arg(long, value_name = "ID")]
    bot: Option<String>,
}

/// What is asked for, and what was learnt since.
pub struct Filter<'a> {
    selection: &'a Selection,
    of_bot: HashSet<String>,
    oldest_first: VecDeque<String>,
}

impl<'a> Filter<'a> {
    /// A filter that has seen nothing yet.
    pub fn new(selection: &'a Selection) -> Self {
        Self {
            selection,
            of_bot: HashSet::new(),
            oldest_first: VecDeque::new(),
        }
    }

    /// Whether an event is wanted. Every event must be shown to it, in the order of arrival.
    pub fn takes(&mut self, event: &Event) -> bool {
        let Selection {
            conversation,
            visitor,
            bot,
        } = self.selection;
        let of_conversation = conversation.is_none() || *conversation == event.conversation_id;
        let of_visitor = visitor.as_deref().is_none_or(|id| {
            // The service's key is one's own id with the account's number behind it.
            let key = event.visitor_key.as_deref().unwrap_or_default();
            key == id || key.rsplit_once('_').is_some_and(|(own, _)| own == id)
        });
        let of_bot = bot.as_deref().is_none_or(|bot| self.is_of(bot, event));
        of_conversation && of_visitor && of_bot
    }

    fn is_of(&mut self, bot: &str, event: &Event) -> bool {
        let Some(conversation) = &event.conversation_id else {
            return false;
        };
        if event.kind == EventKind::ConversationCreated
            && names(event.payload.as_ref(), bot)
            && self.of_bot.insert(conversation.clone())
        {
            self.oldest_first.push_back(conversation.clone());
            if self.oldest_first.len() > REMEMBERED
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.of_bot.remove(&oldest);
            }
        }
        self.of_bot.contains(conversation)
    }
}

/// Whether the payload of a conversation that was created names this bot.
fn names(payload: Option<&Value>, bot: &str) -> bool {
    let is = |pointer: &str| match payload.and_then(|payload| payload.pointer(pointer)) {
        Some(Value::String(text)) => text == bot,
        Some(Value::Number(number)) => number.to_string() == bot,
        _ => false,
    };
    ["/bot_id", "/assigned_to_user/id", "/assigned_to_user/email"]
        .into_iter()
        .any(is)
}
