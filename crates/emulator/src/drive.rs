//! What a test does with a running emulator beside talking to it: look, drive the clock, play the agent, break things.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::changes::Area;
use crate::clock::{ClockMode, wire_time};
use crate::conversation::Conversation;
use crate::coverage::BlockCoverage;
use crate::delivery::{Delivery, DeliveryPlan};
use crate::deploy::BotInfo;
use crate::emulator::Emulator;
use crate::error::Error;
use crate::fault::{Rule, RuleCount};
use crate::outbox::{DeadLetter, PostView};
use crate::profile::ServiceProfile;
use crate::requests::RequestView;
use crate::shared::Shared;
use crate::snapshot::State;
use crate::source::{FaultSource, FlowSource};
use crate::transcript::{Summary, Transcript, summary, transcript};

/// The emulator's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockView {
    /// Whether it runs.
    pub mode: ClockMode,
    /// The time, `YYYY-MM-DD HH:MM:SS.ffffff`, UTC.
    pub now: String,
}

impl Emulator {
    /// Every conversation, oldest first.
    #[must_use]
    pub fn transcripts(&self) -> Vec<Transcript> {
        self.shared.transcripts()
    }

    /// One conversation.
    #[must_use]
    pub fn transcript(&self, conversation: &str) -> Option<Transcript> {
        self.shared.transcript(conversation)
    }

    /// One hash over all conversations; with the same seed, the same calls give the same one.
    #[must_use]
    pub fn transcript_hash(&self) -> String {
        self.shared.account().transcript_hash()
    }

    /// Which blocks and exits of the bot's newest version its conversations have walked, in the order of the
    /// flow; nothing for a key that no bot has.
    #[must_use]
    pub fn coverage(&self, bot_key: &str) -> Vec<BlockCoverage> {
        let bot = self.shared.account().bots.get(bot_key).cloned();
        bot.map_or_else(Vec::new, |bot| bot.walked.coverage(&bot.flow))
    }

    /// The newest calls that were seen, at most 1,000, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestView> {
        self.shared.account().requests.views()
    }

    /// Forgets visitors, conversations, requests and undelivered events, and puts back clock, fault
    /// rules and service profile as they were at the start; bots, webhook and tokens stay.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Deploys a flow; conversations under way stay on the version they began with.
    ///
    /// # Errors
    /// The findings of a flow that cannot run.
    pub fn deploy_yaml(&self, yaml: &str) -> Result<BotInfo, Error> {
        let bot = self
            .shared
            .deploy(FlowSource::Yaml(yaml.to_owned()).load()?);
        Ok(BotInfo::of(&bot))
    }

    /// Sets the fault rules, in place of those before.
    pub fn set_faults(&self, rules: impl IntoIterator<Item = Rule>) {
        self.shared.set_faults(rules.into_iter().collect());
    }

    /// Sets the fault rules of this YAML (or JSON) text, in place of those before.
    ///
    /// # Errors
    /// What is wrong with the rules.
    pub fn set_faults_yaml(&self, yaml: &str) -> Result<(), Error> {
        self.set_faults(FaultSource::Yaml(yaml.to_owned()).load()?.faults);
        Ok(())
    }

    /// The fault rules, and how often each one struck.
    #[must_use]
    pub fn faults(&self) -> Vec<RuleCount> {
        self.shared.account().faults.counts()
    }

    /// How the service behaves where nothing public says so.
    #[must_use]
    pub fn service_profile(&self) -> ServiceProfile {
        self.shared.account().profile
    }

    /// Behaves from now on as this profile says.
    pub fn set_service_profile(&self, profile: ServiceProfile) {
        self.shared.set_profile(profile);
    }

    /// The emulator's clock.
    #[must_use]
    pub fn clock(&self) -> ClockView {
        self.shared.clock()
    }

    /// Lets the clock run or stand still.
    pub fn set_clock(&self, mode: ClockMode) {
        self.shared.set_clock(mode);
    }

    /// Sets the clock to this time, in the mode that it is in; delays that are over by then end.
    pub fn set_time(&self, now: SystemTime) {
        let since = now.duration_since(SystemTime::UNIX_EPOCH);
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let now_ms = since.map_or_else(|before| -millis(before.duration()), millis);
        self.shared.set_now(now_ms);
    }

    /// Moves the clock on; delays that are over by then end.
    pub fn advance_clock(&self, by: Duration) {
        self.shared.advance_clock(by);
    }

    /// A person on the company's side writes; they take the conversation over when the bot had it.
    ///
    /// # Errors
    /// There is no such conversation, or it has ended.
    pub fn agent_says(&self, conversation: &str, text: &str) -> Result<(), Error> {
        let said = self.shared.turn(conversation, |turn| turn.agent_says(text));
        match said {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::Ended(conversation.to_owned())),
            Err(_) => Err(Error::NoConversation(conversation.to_owned())),
        }
    }

    /// A person on the company's side takes the conversation over without a word; false when it has ended.
    ///
    /// # Errors
    /// There is no such conversation.
    pub fn take_over(&self, conversation: &str) -> Result<bool, Error> {
        let taken = self.shared.turn(conversation, |turn| turn.take_over());
        taken.map_err(|_| Error::NoConversation(conversation.to_owned()))
    }

    /// A person on the company's side gives the conversation back to the bot; false when none has it.
    ///
    /// # Errors
    /// There is no such conversation.
    pub fn give_back(&self, conversation: &str) -> Result<bool, Error> {
        let given = self.shared.turn(conversation, |turn| turn.give_back());
        given.map_err(|_| Error::NoConversation(conversation.to_owned()))
    }

    /// A person on the company's side closes the conversation.
    ///
    /// # Errors
    /// There is no such conversation.
    pub fn close_conversation(&self, conversation: &str) -> Result<(), Error> {
        let closed = self.shared.turn(conversation, |turn| turn.close());
        closed.map_err(|_| Error::NoConversation(conversation.to_owned()))
    }

    /// Posts any JSON as an event, behind the others of the conversation that it names as `conversation.key`.
    ///
    /// # Errors
    /// There is no webhook to post it to.
    pub fn inject_event(&self, event: &Value) -> Result<(), Error> {
        if self.shared.outbox.webhook().is_none() {
            return Err(Error::NoWebhook);
        }
        self.shared.inject(&event.to_string());
        Ok(())
    }

    /// Delivers an event of the transcript once more; false when there is none with this number.
    #[must_use]
    pub fn resend_event(&self, conversation: &str, seq: u64) -> bool {
        self.shared.resend(conversation, seq)
    }

    /// The whole state but for the token and undelivered events, as one JSON document.
    #[must_use]
    pub fn export_state(&self) -> Value {
        serde_json::to_value(self.shared.export()).unwrap_or_default()
    }

    /// Takes over a state in place of the present one.
    ///
    /// # Errors
    /// What is wrong with the state; the present one is left as it was.
    pub fn import_state(&self, state: &Value) -> Result<(), Error> {
        let state = State::deserialize(state).map_err(|error| Error::State(error.to_string()))?;
        self.shared.import(state).map_err(Error::State)
    }

    /// The newest posts to the webhook, at most 1,000, oldest first.
    #[must_use]
    pub fn posts(&self) -> Vec<PostView> {
        self.shared.outbox.posts_after(0)
    }

    /// Deliveries that were given up, oldest first.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.shared.outbox.dead_letters()
    }

    /// Conversations that have events left to deliver.
    #[must_use]
    pub fn undelivered(&self) -> usize {
        self.shared.outbox.pending()
    }
}

impl Shared {
    pub fn transcripts(&self) -> Vec<Transcript> {
        let account = self.account();
        let view = |it: &Conversation| transcript(it, account.contact_of(it), 0);
        account.conversations.values().map(view).collect()
    }

    /// The newest conversations, oldest first.
    pub fn summaries(&self, newest: usize) -> Vec<Summary> {
        let account = self.account();
        let older = account.conversations.len().saturating_sub(newest);
        let newer = account.conversations.values().skip(older);
        newer.map(summary).collect()
    }

    pub fn transcript(&self, id: &str) -> Option<Transcript> {
        self.transcript_after(id, 0)
    }

    /// One conversation with its entries of larger numbers than this one.
    pub fn transcript_after(&self, id: &str, seq: u64) -> Option<Transcript> {
        let account = self.account();
        let conversation = account.conversations.get(id)?;
        let contact = account.contact_of(conversation);
        Some(transcript(conversation, contact, seq))
    }

    pub fn clock(&self) -> ClockView {
        let clock = self.account().clock;
        ClockView {
            mode: clock.mode(),
            now: wire_time(clock.now_ms()),
        }
    }

    pub fn set_faults(&self, rules: Vec<Rule>) {
        self.account().faults.set(rules);
        self.changes.note(Area::Settings);
    }

    pub fn set_clock(&self, mode: ClockMode) {
        self.account().clock.set_mode(mode);
        self.timers_changed.notify_one();
        self.changes.note(Area::Settings);
    }

    pub fn set_now(&self, now_ms: i64) {
        self.account().clock.set_now(now_ms);
        self.wake_due();
        self.timers_changed.notify_one();
        self.changes.note(Area::Settings);
    }

    pub fn advance_clock(&self, by: Duration) {
        self.account().clock.advance(by);
        self.wake_due();
        self.timers_changed.notify_one();
        self.changes.note(Area::Settings);
    }

    pub fn resend(&self, id: &str, seq: u64) -> bool {
        let account = self.account();
        let found = account.conversations.get(id).and_then(|conversation| {
            let entry = conversation.entries.iter().find(|entry| entry.seq == seq)?;
            Some(Delivery {
                conversation: conversation.key.clone(),
                seq,
                kind: entry.kind.clone(),
                body: entry.body.clone(),
                plan: DeliveryPlan::default(),
            })
        });
        let there = found.is_some();
        let held = self.outbox.hold(found.into_iter().collect(), Vec::new());
        drop(account);
        drop(held);
        there
    }
}
