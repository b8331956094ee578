//! The service without HTTP: both calls as functions from bytes to status and body. For fuzzing and for
//! programs that embed the emulator without a socket; events are kept in transcripts and go nowhere.

use serde_json::json;

use crate::account::Account;
use crate::call::{self, StartCall};
use crate::engine::Times;
use crate::flow::Flow;
use crate::profile::ServiceProfile;
use crate::reply::{ApiResponse, Refusal};
use crate::seed::Seed;

/// One account with one bot.
pub struct Offline(Account);

impl Offline {
    /// An account that draws its ids from this seed.
    #[must_use]
    pub fn new(flow: Flow, seed: u64) -> Self {
        let seed = Seed(seed);
        let mut account = Account::new(seed, Times::Seeded, Vec::new());
        account.bots.deploy(flow, seed);
        Self(account)
    }

    /// The body of a start call; gives the status and body of its answer.
    pub fn start(&mut self, body: &[u8]) -> (u16, String) {
        let started = call::object(body)
            .map_err(Refusal::NotCreated)
            .and_then(|body| StartCall::read(body, self.0.profile.bot_key_field))
            .and_then(|call| self.0.start(call));
        self.0.notices.clear();
        answer(started.map(|done| done.value.1))
    }

    /// The body of a send call to the conversation with this id; gives the status and body of its answer.
    pub fn send(&mut self, conversation: &str, body: &[u8]) -> (u16, String) {
        let sent = call::object(body)
            .map_err(Refusal::InvalidRequest)
            .and_then(call::read_send)
            .and_then(|message| self.0.send(conversation, &message));
        self.0.notices.clear();
        answer(sent.map(|done| json!({"ok": true, "message_id": done.value})))
    }
}

fn answer(result: Result<serde_json::Value, Refusal>) -> (u16, String) {
    let reply = match result {
        Ok(body) => ApiResponse::ok(&body),
        Err(refusal) => refusal.answer(ServiceProfile::default()),
    };
    (reply.status.as_u16(), reply.body)
}
