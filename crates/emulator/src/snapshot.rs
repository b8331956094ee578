//! The whole state as one JSON document, out and in. Events under way to the webhook are not part of it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wotnot_protocol::Object;

use crate::changes::Area;
use crate::clock::ClockMode;
use crate::conversation::{Assigned, Conversation, DialogPosition, Entry};
use crate::deploy::Bot;
use crate::engine::{Contact, Times};
use crate::fault::ActiveRule;
use crate::profile::ServiceProfile;
use crate::seed::{Seed, hex};
use crate::shared::Shared;

/// Raised when an older emulator could not read the document.
const FORMAT: u32 = 1;

/// Everything the emulator knows, but for its token and what is on its way.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    format: u32,
    seed: u64,
    times: Times,
    clock_mode: ClockMode,
    clock_ms: i64,
    bots: Vec<Arc<Bot>>,
    /// Older versions of bots that conversations still run on.
    older_bots: Vec<Arc<Bot>>,
    contacts: BTreeMap<String, Contact>,
    conversations: Vec<ConversationState>,
    faults: Vec<ActiveRule>,
    #[serde(default)]
    profile: ServiceProfile,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConversationState {
    key: Arc<str>,
    visitor_id: String,
    visitor_key: Arc<str>,
    ordinal: u64,
    bot_key: String,
    bot_version: u64,
    #[serde(rename = "at")]
    place: DialogPosition,
    assigned: Assigned,
    created_at: String,
    system: Object,
    #[serde(default)]
    visit: Object,
    variables: Object,
    entries: VecDeque<Entry>,
    entries_dropped: u64,
    messages: u64,
    logical_ms: i64,
    hash: String,
}

impl Shared {
    pub fn export(&self) -> State {
        let account = self.account();
        let mut older: BTreeMap<(&str, u64), &Arc<Bot>> = BTreeMap::new();
        for conversation in account.conversations.values() {
            let bot = &conversation.bot;
            if account
                .bots
                .get(&bot.key)
                .is_none_or(|newest| newest.version != bot.version)
            {
                older.insert((&bot.key, bot.version), bot);
            }
        }
        State {
            format: FORMAT,
            seed: account.seed.0,
            times: account.times,
            clock_mode: account.clock.mode(),
            clock_ms: account.clock.now_ms(),
            bots: account.bots.iter().cloned().collect(),
            older_bots: older.into_values().cloned().collect(),
            contacts: account.contacts.clone().into_iter().collect(),
            conversations: account
                .conversations
                .values()
                .map(conversation_out)
                .collect(),
            faults: account.faults.watches().to_vec(),
            profile: account.profile,
        }
    }

    /// Takes over a state in place of the present one; an error leaves the present one as it was.
    pub fn import(&self, state: State) -> Result<(), String> {
        if state.format != FORMAT {
            return Err(format!("format {} is not {FORMAT}", state.format));
        }
        let versions: HashMap<(String, u64), Arc<Bot>> = state
            .bots
            .iter()
            .chain(&state.older_bots)
            .map(|bot| ((bot.key.clone(), bot.version), bot.clone()))
            .collect();
        let conversations = state
            .conversations
            .into_iter()
            .map(|it| conversation_in(it, &versions))
            .collect::<Result<Vec<Conversation>, String>>()?;
        self.reset();
        self.set_profile(state.profile);
        let mut account = self.account();
        account.seed = Seed(state.seed);
        account.times = state.times;
        account.clock.set(state.clock_mode, state.clock_ms);
        account.bots = state.bots.into_iter().collect();
        account.contacts = state.contacts.into_iter().collect();
        account.faults.restore(state.faults);
        for conversation in conversations {
            account.restore(conversation);
        }
        drop(account);
        self.timers_changed.notify_one();
        self.changes.note(Area::All);
        Ok(())
    }
}

fn conversation_out(conversation: &Conversation) -> ConversationState {
    let it = conversation.clone();
    ConversationState {
        key: it.key,
        visitor_id: it.visitor_id,
        visitor_key: it.visitor_key,
        ordinal: it.ordinal,
        bot_key: it.bot.key.clone(),
        bot_version: it.bot.version,
        place: it.place,
        assigned: it.assigned,
        created_at: it.created_at,
        system: it.system,
        visit: it.visit,
        variables: it.variables,
        entries: it.entries,
        entries_dropped: it.entries_dropped,
        messages: it.messages,
        logical_ms: it.logical_ms,
        hash: hex(&it.hash),
    }
}

fn conversation_in(
    it: ConversationState,
    versions: &HashMap<(String, u64), Arc<Bot>>,
) -> Result<Conversation, String> {
    let bot = versions.get(&(it.bot_key.clone(), it.bot_version)).cloned();
    Ok(Conversation {
        bot: bot.ok_or_else(|| format!("version {} of a bot is missing", it.bot_version))?,
        hash: bytes_of(&it.hash).ok_or("a hash is not 64 hexadecimal digits")?,
        key: it.key,
        visitor_id: it.visitor_id,
        visitor_key: it.visitor_key,
        ordinal: it.ordinal,
        place: it.place,
        path: Arc::default(),
        assigned: it.assigned,
        created_at: it.created_at,
        system: it.system,
        visit: it.visit,
        variables: it.variables,
        entries: it.entries,
        entries_dropped: it.entries_dropped,
        messages: it.messages,
        logical_ms: it.logical_ms,
    })
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}
