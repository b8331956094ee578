//! The vendor's side of one account: who is who, and what each call does. No HTTP and no delivery here.

mod second_start;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Value, json};
use wotnot_protocol::{Message, Object};

use crate::activity::Activity;
use crate::call::StartCall;
use crate::clock::{Clock, wire_time};
use crate::conversation::{Conversation, DialogPosition};
use crate::delivery::Delivery;
use crate::deploy::Bots;
use crate::engine::{Contact, Rejection, SEEDED_START_MS, Times, Turn, date, facts, wire};
use crate::fault::{FaultPlan, Rule};
use crate::profile::{ServiceProfile, UnknownContact};
use crate::reply::Refusal;
use crate::requests::Requests;
use crate::seed::{Seed, hex};
use crate::token::{self, Claims, TokenError};
use second_start::Before;

/// The account's number; it ends every visitor key.
pub const ACCOUNT_ID: u64 = 777;

/// Everything that the service knows.
pub(crate) struct Account {
    pub seed: Seed,
    pub times: Times,
    /// How the service behaves where nothing public says so; a change is `Shared`'s.
    pub profile: ServiceProfile,
    /// The profile at the start; a reset puts it back.
    first_profile: ServiceProfile,
    pub clock: Clock,
    pub secret: Vec<u8>,
    pub bots: Bots,
    pub contacts: HashMap<String, Contact>,
    pub conversations: IndexMap<Arc<str>, Conversation>,
    pub faults: FaultPlan,
    /// The rules at the start; a reset puts them back.
    first_rules: Vec<Rule>,
    pub requests: Requests,
    /// What observers get beside the events.
    pub notices: Vec<Activity>,
    /// Conversations in a delay, by when it is over.
    pub timers: BTreeSet<(i64, Arc<str>)>,
    /// The last token that was found good, and when it ends: checking it again would cost more than the call.
    good_token: Option<(String, Option<i64>)>,
}

/// What a call changed.
#[derive(Debug)]
pub(crate) struct Done<T> {
    pub value: T,
    pub deliveries: Vec<Delivery>,
}

/// There is no conversation with this id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoConversation;

impl Account {
    pub fn new(seed: Seed, times: Times, secret: Vec<u8>) -> Self {
        Self {
            seed,
            times,
            profile: ServiceProfile::default(),
            first_profile: ServiceProfile::default(),
            clock: Clock::new(),
            secret,
            bots: Bots::default(),
            contacts: HashMap::new(),
            conversations: IndexMap::new(),
            faults: FaultPlan::default(),
            first_rules: Vec::new(),
            requests: Requests::default(),
            notices: Vec::new(),
            timers: BTreeSet::new(),
            good_token: None,
        }
    }

    /// The profile from the start on.
    pub fn set_first_profile(&mut self, profile: ServiceProfile) {
        self.profile = profile;
        self.first_profile = profile;
    }

    /// The rules from the start on.
    pub fn set_first_rules(&mut self, rules: Vec<Rule>) {
        self.faults.set(rules.clone());
        self.first_rules = rules;
    }

    /// Forgets visitors, conversations and requests, and puts back rules, profile and clock as they were at the
    /// start; bots and token stay. What was forgotten is handed back, so that it can be dropped outside the lock.
    pub fn reset(&mut self) -> impl Sized + use<> {
        self.faults.set(self.first_rules.clone());
        self.profile = self.first_profile;
        self.clock = Clock::new();
        self.timers.clear();
        (
            std::mem::take(&mut self.contacts),
            std::mem::take(&mut self.conversations),
            std::mem::take(&mut self.requests),
        )
    }

    /// A token that is valid from now on, without an end or for `lifetime`.
    pub fn issue_token(&self, lifetime: Option<std::time::Duration>) -> String {
        let iat = match self.times {
            Times::Clock => self.clock.now_ms() / 1_000,
            Times::Seeded => SEEDED_START_MS / 1_000,
        };
        let exp = lifetime.map(|lifetime| {
            let now = self.clock.now_ms() / 1_000;
            now.saturating_add(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX))
        });
        let claims = Claims {
            account_id: ACCOUNT_ID,
            iat,
            nbf: None,
            exp,
        };
        token::sign(&claims, &self.secret)
    }

    /// Checks `Authorization`.
    pub fn authorize(&mut self, header: Option<&str>) -> Result<(), Refusal> {
        let token = header.and_then(|header| header.split_once(' '));
        let Some((_, token)) = token.filter(|(word, _)| word.eq_ignore_ascii_case("bearer")) else {
            return Err(Refusal::Unauthorized(
                "`Authorization: Bearer <token>` is missing".into(),
            ));
        };
        let token = token.trim();
        let now = self.clock.now_ms() / 1_000;
        let checked = match &self.good_token {
            Some((good, exp)) if good == token => match exp {
                Some(end) if *end <= now => Err(TokenError::Expired),
                _ => return Ok(()),
            },
            _ => token::verify(token, &self.secret, now),
        };
        let claims = checked.map_err(|error| Refusal::Unauthorized(error.to_string()))?;
        self.good_token = Some((token.to_owned(), claims.exp));
        Ok(())
    }

    /// The start call; the value is the body of its answer.
    pub fn start(&mut self, call: StartCall) -> Result<Done<(Arc<str>, Value)>, Refusal> {
        let Some(bot) = self.bots.get(&call.bot_key).cloned() else {
            return Err(Refusal::NotCreated("no bot has this key".into()));
        };
        let mut deliveries = match self.second_start(&call)? {
            Before::Joined(done) => return Ok(done),
            Before::Begins(deliveries) => deliveries,
        };
        let contact = self.contacts.entry(call.visitor_id.clone()).or_default();
        contact.conversations += 1;
        contact
            .variables
            .extend(call.variables.contact.unwrap_or_default());
        let ordinal = contact.conversations;
        let path = ["conversation", &call.visitor_id, &ordinal.to_string()];
        let key: Arc<str> = self.seed.hex(&path, 32).into();
        let created_ms = match self.times {
            Times::Clock => self.clock.now_ms(),
            Times::Seeded => SEEDED_START_MS,
        };
        let system = call.variables.system.unwrap_or_default();
        let conversation = Conversation {
            key: key.clone(),
            visit: facts(
                &system,
                &call.visitor_id,
                ordinal,
                call.message.data.get("body"),
                date(created_ms),
            ),
            visitor_key: format!("{}_{ACCOUNT_ID}", call.visitor_id).into(),
            visitor_id: call.visitor_id,
            ordinal,
            assigned: wire::assigned_bot(&bot),
            bot,
            place: DialogPosition::Idle,
            path: Arc::default(),
            created_at: wire_time(created_ms),
            system,
            variables: call.variables.conversation.unwrap_or_default(),
            entries: VecDeque::new(),
            entries_dropped: 0,
            messages: 0,
            logical_ms: SEEDED_START_MS,
            hash: [0; 32],
        };
        let answer = started(&conversation, &contact.variables, self.profile);
        self.conversations.insert(key.clone(), conversation);
        let turn = self.turn(&key, |turn| turn.begin(&call.message));
        deliveries.extend(turn.map(|done| done.deliveries).unwrap_or_default());
        Ok(Done {
            value: (key, answer),
            deliveries,
        })
    }

    /// The send call; the value is the message's id.
    pub fn send(&mut self, id: &str, message: &Message) -> Result<Done<String>, Refusal> {
        let turn = self.turn(id, |turn| {
            turn.hear(message)
                .map(|()| std::mem::take(&mut turn.message_id))
        });
        match turn {
            Err(NoConversation) => Err(Refusal::InvalidRequest(
                "there is no conversation with this id".into(),
            )),
            Ok(Done {
                value: Err(Rejection(why)),
                ..
            }) => Err(Refusal::InvalidRequest(why.into_owned())),
            Ok(Done {
                value: Ok(value),
                deliveries,
            }) => Ok(Done { value, deliveries }),
        }
    }

    /// Goes on in every conversation whose delay is over.
    pub fn wake_due(&mut self) -> Vec<Delivery> {
        let now = self.clock.now_ms();
        let mut deliveries = Vec::new();
        while let Some((until, key)) = self.timers.first().cloned() {
            if until > now {
                break;
            }
            self.timers.remove(&(until, key.clone()));
            if let Ok(done) = self.turn(&key, |turn| turn.wake()) {
                deliveries.extend(done.deliveries);
            }
        }
        deliveries
    }

    /// Lets something happen in one conversation.
    pub fn turn<T>(
        &mut self,
        id: &str,
        act: impl FnOnce(&mut Turn<'_>) -> T,
    ) -> Result<Done<T>, NoConversation> {
        let conversation = self.conversations.get_mut(id).ok_or(NoConversation)?;
        let contact = self
            .contacts
            .entry(conversation.visitor_id.clone())
            .or_default();
        let before = timer_of(conversation);
        let mut turn = Turn {
            seed: self.seed,
            times: self.times,
            profile: self.profile,
            clock: &self.clock,
            bots: &self.bots,
            notices: &mut self.notices,
            faults: &mut self.faults,
            contact,
            conversation,
            deliveries: Vec::new(),
            message_id: String::new(),
        };
        let value = act(&mut turn);
        let deliveries = turn.deliveries;
        let after = timer_of(conversation);
        if before != after {
            if let Some(timer) = before {
                self.timers.remove(&timer);
            }
            self.timers.extend(after);
        }
        Ok(Done { value, deliveries })
    }

    /// Puts back a conversation of an imported state.
    pub fn restore(&mut self, conversation: Conversation) {
        self.timers.extend(timer_of(&conversation));
        self.conversations
            .insert(conversation.key.clone(), conversation);
    }

    /// The visitor's variables.
    pub fn contact_of(&self, conversation: &Conversation) -> Value {
        let contact = self.contacts.get(&conversation.visitor_id);
        Value::Object(
            contact
                .map(|contact| contact.variables.clone())
                .unwrap_or_default(),
        )
    }

    /// One hash over every conversation's, in the order of their ids: the same run has the same hash.
    pub fn transcript_hash(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut conversations: Vec<&Conversation> = self.conversations.values().collect();
        conversations.sort_by(|a, b| a.key.cmp(&b.key));
        let mut hash = Sha256::new();
        for conversation in conversations {
            hash.update(conversation.key.as_bytes());
            hash.update(conversation.hash);
        }
        hex(&hash.finalize())
    }
}

fn timer_of(conversation: &Conversation) -> Option<(i64, Arc<str>)> {
    match conversation.place {
        DialogPosition::Waiting { until_ms, .. } => Some((until_ms, conversation.key.clone())),
        _ => None,
    }
}

/// The answer of the start call. Its contact holds strings, whatever the variables are.
fn started(conversation: &Conversation, contact: &Object, profile: ServiceProfile) -> Value {
    let known = |name: &str| match contact.get(name) {
        None | Some(Value::Null) => Value::Null,
        Some(Value::String(text)) => text.as_str().into(),
        Some(other) => other.to_string().into(),
    };
    let mut fields = Object::new();
    for name in ["name", "email", "phone"] {
        let value = known(name);
        if !value.is_null() || profile.unknown_contact == UnknownContact::Nulls {
            fields.insert(name.to_owned(), value);
        }
    }
    fields.insert("visitor_key".to_owned(), json!(&*conversation.visitor_key));
    json!({
        "ok": true,
        "conversation": {
            "id": &*conversation.key,
            "created_at": conversation.created_at,
            "assignee": {"id": conversation.assigned.id, "to": conversation.assigned.email},
        },
        "contact": fields,
    })
}
