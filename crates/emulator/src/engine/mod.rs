//! Runs a flow: what the bot does from one answer of the visitor to the next.
//! How answers are judged is `answer`'s, how events look is `wire`'s.

mod answer;
mod condition;
mod jump;
mod people;
mod prompt;
mod say;
mod value;
mod variable;
mod visit;
pub(crate) mod wire;

use std::borrow::Cow;

use serde_json::{Value, json};
use wotnot_protocol::{Message, Object, event_type};

use self::answer::Verdict;
pub(crate) use self::visit::facts;
use crate::activity::Activity;
use crate::clock::Clock;
use crate::conversation::{Conversation, DialogPosition};
use crate::delivery::Delivery;
use crate::deploy::Bots;
use crate::fault::FaultPlan;
use crate::flow::{self, Block, Destination, Scope, Template, Variable, WritableVariable};
use crate::profile::{AfterEnd, ServiceProfile};
use crate::seed::Seed;

/// Blocks in one turn; `flow check` refuses loops without a prompt, a condition may still make one.
const BLOCKS_A_TURN: usize = 1_000;

/// A visitor, across conversations.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Contact {
    pub variables: Object,
    pub conversations: u64,
}

/// Whether times are the clock's, or drawn along the conversation so that a seeded run repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Times {
    Clock,
    Seeded,
}

/// 2026-01-01 00:00:00 UTC: where every conversation of a seeded run begins.
pub(crate) const SEEDED_START_MS: i64 = 1_767_225_600_000;

/// The day at this time, in UTC.
pub(crate) fn date(millis: i64) -> jiff::civil::Date {
    jiff::Timestamp::from_millisecond(millis)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

/// The message is not one that this conversation can take: the call is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejection(pub Cow<'static, str>);

/// One turn of a conversation: something happened, and the bot goes on until it waits again.
pub(crate) struct Turn<'a> {
    pub seed: Seed,
    pub times: Times,
    pub profile: ServiceProfile,
    pub clock: &'a Clock,
    /// The newest versions of all bots.
    pub bots: &'a Bots,
    /// What the developer should know beside the events.
    pub notices: &'a mut Vec<Activity>,
    pub faults: &'a mut FaultPlan,
    pub contact: &'a mut Contact,
    pub conversation: &'a mut Conversation,
    /// The events, in the order in which they happened.
    pub deliveries: Vec<Delivery>,
    pub message_id: String,
}

impl Turn<'_> {
    /// The visitor's first words: the conversation is made, and the flow starts.
    pub fn begin(&mut self, message: &Message) {
        let new_visitor = self.contact.conversations == 1;
        let external_key = self.seed.hex(&["external", &self.conversation.key], 48);
        let payload = wire::created(
            self.conversation,
            &self.contact.variables,
            &external_key,
            new_visitor,
        );
        self.emit(event_type::CONVERSATION_CREATE, &payload);
        self.echo(message);
        let bot = self.conversation.bot.clone();
        let value = |variable: &Variable| self.value(variable);
        let start = condition::choose(&bot.flow.trigger, self.today(), value);
        let start = start.unwrap_or(&bot.flow.start);
        self.conversation.path.begin(&bot, start);
        self.run(Some(start.to_string()));
    }

    /// The visitor says something.
    pub fn hear(&mut self, message: &Message) -> Result<(), Rejection> {
        match self.conversation.place.clone() {
            DialogPosition::Ended if self.profile.after_end == AfterEnd::Refused => {
                Err(Rejection("the conversation has ended".into()))
            }
            DialogPosition::Asked { block, wrong } => self.hear_answer(&block, wrong, message),
            DialogPosition::Waiting { .. }
            | DialogPosition::Human { .. }
            | DialogPosition::Idle
            | DialogPosition::Ended => {
                answer::check_shape(message)?;
                self.echo(message);
                Ok(())
            }
        }
    }

    fn hear_answer(&mut self, name: &str, wrong: u32, message: &Message) -> Result<(), Rejection> {
        let bot = self.conversation.bot.clone();
        let Some(block) = bot.flow.blocks.get(name) else {
            self.conversation.place = DialogPosition::Idle;
            return self.hear(message);
        };
        answer::check_shape(message)?;
        answer::check_kind(block, message, self.profile.typed_answers)?;
        answer::check_callback(block, message, &self.asked(name))?;
        self.echo(message);
        let verdict = answer::judge(block, message, &self.asked(name));
        match verdict {
            Verdict::Right { writes, next } => {
                for (variable, value) in writes {
                    self.write(&variable, value);
                }
                let next = next.map(Destination::Block).or_else(|| block.next());
                self.run(self.leave(name, next));
            }
            Verdict::GoesOnWaiting => {}
            Verdict::Wrong => self.ask_again(name, block, wrong + 1),
        }
        Ok(())
    }

    fn asked<'b>(&'b self, block: &'b str) -> answer::Asked<'b> {
        answer::Asked {
            seed: self.seed,
            block,
            today: self.today(),
            render: Box::new(|text| self.render(text)),
        }
    }

    fn ask_again(&mut self, name: &str, block: &Block, wrong: u32) {
        let Some(prompt) = block.prompt() else { return };
        let error = match prompt.error {
            Some(error) => self.render_html(error),
            None => wire::html(prompt.default_error),
        };
        self.say_html(error);
        if prompt.attempts.is_some_and(|attempts| wrong >= attempts) {
            let otherwise = prompt.otherwise.map(Destination::Block);
            self.run(self.leave(name, otherwise));
        } else {
            self.ask(name, block, wrong);
        }
    }

    /// The delay is over.
    pub fn wake(&mut self) {
        if let DialogPosition::Waiting { next, .. } = self.conversation.place.clone() {
            self.run(next);
        }
    }

    /// Goes from block to block until one waits.
    fn run(&mut self, start: Option<String>) {
        let mut at = start;
        for _ in 0..BLOCKS_A_TURN {
            // A jump may have changed it.
            let bot = self.conversation.bot.clone();
            let found = at
                .as_deref()
                .and_then(|name| bot.flow.blocks.get_key_value(name));
            let Some((name, block)) = found else {
                self.conversation.place = DialogPosition::Idle;
                return;
            };
            self.conversation.path.enter(&bot, name);
            match self.step(name.as_str(), block) {
                Some(next) => at = next,
                None => return,
            }
        }
        self.stop(format!(
            "{BLOCKS_A_TURN} blocks in a row asked nothing: the flow goes round in a circle"
        ));
    }

    /// The flow cannot go on here; the developer learns why.
    fn stop(&mut self, reason: String) {
        self.conversation.place = DialogPosition::Idle;
        self.notices.push(Activity::FlowStopped {
            conversation: self.conversation.key.to_string(),
            bot: self.conversation.bot.key.clone(),
            reason,
        });
    }

    /// Does one block; `None` when the flow stops here for now, else where it goes.
    fn step(&mut self, name: &str, block: &Block) -> Option<Option<String>> {
        match block {
            Block::Message(message) => self.say_message(message),
            Block::Condition(condition) => {
                let value = |variable: &Variable| self.value(variable);
                let next = condition::choose(&condition.when, self.today(), value);
                let next = next.map(Destination::Block).or_else(|| block.next());
                return Some(self.leave(name, next));
            }
            Block::SetVariable(set) => {
                let operand = match set.change.operand() {
                    flow::Value::Bool(value) => json!(value),
                    flow::Value::Number(value) => value::number(*value),
                    flow::Value::Text(text) => json!(self.render(text)),
                };
                let before = self.value(set.variable.variable());
                if let Some(value) = variable::changed(&set.change, before, operand) {
                    self.write(&set.variable, value);
                }
            }
            Block::Delay(delay) => {
                self.delay(name, delay);
                return None;
            }
            Block::TalkToHuman(human) => {
                self.say_template(human.text.as_ref());
                self.assign_human(Some(name.to_owned()));
                return None;
            }
            Block::End(end) => {
                self.say_template(end.text.as_ref());
                self.conversation.place = DialogPosition::Ended;
                self.emit(event_type::STATUS, &wire::status(true));
                return None;
            }
            Block::Jump(flow::Jump::Bot(jump)) => {
                self.leave(name, block.next());
                return self.jump_to_bot(name, jump).map(Some);
            }
            Block::Jump(_) => {}
            _ => {
                self.ask(name, block, 0);
                return None;
            }
        }
        Some(self.leave(name, block.next()))
    }

    /// The block that an exit leads to, which is noted as walked.
    fn leave(&self, name: &str, to: Option<Destination<'_>>) -> Option<String> {
        let Conversation { bot, path, .. } = &*self.conversation;
        let to = to?;
        path.leave(bot, name, to);
        bot.flow.block_at(to).map(ToString::to_string)
    }

    fn ask(&mut self, name: &str, block: &Block, wrong: u32) {
        let message = prompt::message(self.seed, name, block, |text, how| match how {
            prompt::As::Html => self.render_html(text),
            prompt::As::Plain => self.render(text),
        });
        self.bot_says(message);
        self.conversation.place = DialogPosition::Asked {
            block: name.to_owned(),
            wrong,
        };
    }

    fn delay(&mut self, name: &str, delay: &flow::Delay) {
        let millis = (delay.seconds * 1_000.0) as i64;
        self.bot_says(json!({"type": "delay", "payload": {"duration": delay.seconds}}));
        self.conversation.place = DialogPosition::Waiting {
            until_ms: self.clock.now_ms().saturating_add(millis),
            next: self.leave(name, delay.next.as_ref().map(Destination::Block)),
        };
        self.conversation.logical_ms += millis;
    }

    /// Writes a variable, and says so when it changed.
    pub fn write(&mut self, variable: &WritableVariable, value: Value) {
        let variable = variable.variable();
        let home = match variable.scope {
            Scope::Contact => &mut self.contact.variables,
            Scope::Conversation | Scope::System | Scope::Visit => &mut self.conversation.variables,
        };
        if home.get(&variable.name) == Some(&value) {
            return;
        }
        home.insert(variable.name.clone(), value.clone());
        if !self.profile.variable_events {
            return;
        }
        let payload = wire::variable(variable.scope.as_str(), &variable.name, &value);
        self.emit(event_type::VARIABLES, &payload);
    }

    fn value(&self, variable: &Variable) -> Option<&Value> {
        let home = match variable.scope {
            Scope::Contact => &self.contact.variables,
            Scope::Conversation => &self.conversation.variables,
            Scope::System => &self.conversation.system,
            Scope::Visit => &self.conversation.visit,
        };
        home.get(&variable.name).filter(|value| !value.is_null())
    }

    fn render(&self, text: &Template) -> String {
        text.render(|variable| self.value(variable).map(value::text_of))
    }

    /// A flow's text is HTML; what visitors and clients put into it is not.
    fn render_html(&self, text: &Template) -> String {
        text.render(|variable| {
            self.value(variable)
                .map(|value| wire::html(&value::text_of(value)))
        })
        .trim_end()
        .replace('\n', "<br>")
    }

    fn today(&self) -> jiff::civil::Date {
        let now = match self.times {
            Times::Clock => self.clock.now_ms(),
            Times::Seeded => self.conversation.logical_ms,
        };
        date(now)
    }
}
