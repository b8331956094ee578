//! The bots that are deployed, and their versions. Reading flow files is `flow`'s.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::coverage::Walked;
use crate::flow::Flow;
use crate::seed::Seed;

/// One version of one bot. A conversation keeps the version that it began with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Bot {
    pub key: String,
    pub name: String,
    /// Counts the deployments of this key from 1.
    pub version: u64,
    /// `bot_id` in events.
    pub number: u64,
    /// `assignee.id`.
    pub user_id: String,
    /// `assignee.to`.
    pub user_email: String,
    pub flow: Flow,
    #[serde(skip)]
    pub walked: Walked,
}

impl Bot {
    fn new(flow: Flow, version: u64, seed: Seed) -> Self {
        let key = flow.bot.key.clone();
        let number = (seed.chance(&["bot", &key]) * 9_000.0) as u64 + 1_000;
        Self {
            name: flow.bot.name.clone(),
            version,
            number,
            user_id: seed.id(&["bot user", &key], 12),
            user_email: format!("bot-{number}@wotnot.invalid"),
            key,
            flow,
            walked: Walked::default(),
        }
    }
}

/// The newest version of each bot, by key, in the order in which they were first deployed.
#[derive(Default)]
pub(crate) struct Bots(IndexMap<String, Arc<Bot>>);

impl Bots {
    /// Deploys a flow; conversations under way stay on the version they have.
    pub fn deploy(&mut self, flow: Flow, seed: Seed) -> Arc<Bot> {
        let version = self.0.get(&flow.bot.key).map_or(0, |bot| bot.version) + 1;
        let bot = Arc::new(Bot::new(flow, version, seed));
        self.0.insert(bot.key.clone(), bot.clone());
        bot
    }

    pub fn get(&self, key: &str) -> Option<&Arc<Bot>> {
        self.0.get(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Bot>> {
        self.0.values()
    }
}

impl FromIterator<Arc<Bot>> for Bots {
    fn from_iter<T: IntoIterator<Item = Arc<Bot>>>(bots: T) -> Self {
        Self(bots.into_iter().map(|bot| (bot.key.clone(), bot)).collect())
    }
}

/// A bot that is deployed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BotInfo {
    /// What people call it.
    pub name: String,
    /// The key that starts a conversation with it.
    pub key: String,
    /// Counts the deployments of the key from 1.
    pub version: u64,
}

impl BotInfo {
    pub(crate) fn of(bot: &Bot) -> Self {
        Self {
            name: bot.name.clone(),
            key: bot.key.clone(),
            version: bot.version,
        }
    }
}
