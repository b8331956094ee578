//! Messages out: one after another, each under an id by which the gateway knows it again.

use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};

use super::Gateway;
use super::content::content;
use super::http::{Ask, Limit, Reply};
use super::kept::KeptMessage;
use super::turns::Turn;
use crate::log::LoggedCall;
use crate::options::CallOptions;
use crate::results::Sent;
use crate::{Code, Delivery, Error, Message, Result, check};

/// How long a message that may be kept is tried to be sent at once.
const AT_ONCE: Duration = Duration::from_secs(3);

/// The longest id of a message that a gateway takes.
const LONGEST_ID: usize = 64;

impl Gateway {
    pub(super) fn send(
        &self,
        conversation_id: &str,
        message: &Message,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Sent> {
        let not_sent = |error: Error| error.with_delivery(Delivery::NotSent);
        let post = self
            .post(conversation_id, message, options)
            .map_err(not_sent)?;
        let limit = Limit::of(self, options);
        let _registered = self.engine.register(limit.cancel_state())?;
        if options.queue {
            return self.queue(post, &limit, logged);
        }
        let _turn = self.take_turn(&limit)?;
        self.send_kept(&limit, logged, |_, _| ()).map_err(|error| {
            let text = format!(
                "an earlier message waits for the network and goes first: {}",
                error.message()
            );
            Error::new(error.code(), text).with_delivery(Delivery::NotSent)
        })?;
        let sent = self.say(&post, &limit, logged)?;
        self.has_answered(&post.body);
        Ok(sent)
    }

    /// Keeps a message, and sends it at once where that can be done.
    fn queue(&self, post: KeptMessage, limit: &Limit, logged: Option<&LoggedCall>) -> Result<Sent> {
        let client_id = post.client_id().to_owned();
        {
            let mut state = self.lock();
            state.kept.messages.push_back(post.clone());
            state.is_changed = true;
        }
        if let Err(error) = self.save() {
            // Nobody was promised anything.
            self.take_kept(&client_id);
            return Err(error.with_delivery(Delivery::NotSent));
        }
        self.has_answered(&post.body);
        // Who is sending has this message sent at the end of its turn.
        if let Some(_turn) = self.try_take_turn() {
            let mut own = None;
            // What could not be sent is tried again by who polls.
            let _ = self.send_kept(&limit.at_most(AT_ONCE), logged, |id, said| {
                if id == client_id {
                    own = Some(said);
                }
            });
            if let Some(said) = own {
                return said;
            }
        }
        Ok(Sent {
            client_id: Some(client_id),
            state: Some("kept".to_owned()),
            ..Sent::default()
        })
    }

    /// Sends what is kept, in its order, up to the first that cannot be sent now. The caller has the turn, and is
    /// given what came of each that is kept no more.
    pub(super) fn send_kept(
        &self,
        limit: &Limit,
        logged: Option<&LoggedCall>,
        mut report: impl FnMut(&str, Result<Sent>),
    ) -> Result<()> {
        loop {
            let next = self.lock().kept.messages.front().cloned();
            let Some(next) = next else { return Ok(()) };
            let said = self.say(&next, limit, logged);
            if let Err(error) = &said {
                if !is_final(error) {
                    return said.map(drop);
                }
                let delivery = json!({"type": "delivery", "client_id": next.client_id(),
                    "state": "rejected", "code": error.api_code()});
                self.tell_of(Some(&next.conversation_id), &delivery);
            }
            report(next.client_id(), said);
            self.take_kept(next.client_id());
            self.save()?;
        }
    }

    /// Sends what is kept for who polls, which somebody else may be about to do.
    pub(super) fn send_kept_before_poll(&self, limit: &Limit) -> Result<()> {
        while !self.lock().kept.messages.is_empty() {
            let Some(_turn) = self.sending.try_take() else {
                // Its end breaks off this poll.
                return Ok(());
            };
            self.send_kept(limit, None, |_, _| ())?;
        }
        Ok(())
    }

    /// Waits for the turn to send.
    pub(super) fn take_turn(&self, limit: &Limit) -> Result<SendingTurn<'_>> {
        let turn = self.sending.take(limit)?;
        Ok(SendingTurn::of(self, turn))
    }

    fn try_take_turn(&self) -> Option<SendingTurn<'_>> {
        let turn = self.sending.try_take()?;
        Some(SendingTurn::of(self, turn))
    }

    fn take_kept(&self, client_id: &str) {
        let mut state = self.lock();
        let messages = &mut state.kept.messages;
        if let Some(at) = messages.iter().position(|it| it.client_id() == client_id) {
            messages.remove(at);
            state.is_changed = true;
        }
    }

    /// Posts a message.
    fn say(&self, post: &KeptMessage, limit: &Limit, logged: Option<&LoggedCall>) -> Result<Sent> {
        let segment = check::path_segment(&post.conversation_id)?;
        let path = ["/v1/conversations/", &segment, "/messages"];
        let mut said = self.ask(&Ask::post(&path, &post.body), limit, logged);
        if said
            .as_ref()
            .is_err_and(|refused| refused.code() == "prompt_superseded")
            && post.body.get("text").is_some()
        {
            // Typed text is sent anyway: the service itself would take it too.
            let mut body = post.body.clone();
            if let Some(body) = body.as_object_mut() {
                body.remove("answer_to");
            }
            said = self.ask(&Ask::post(&path, &body), limit, logged);
        }
        match said {
            Ok(reply) => sent(&reply),
            Err(refused) => {
                if matches!(refused.code(), "ended" | "not_found") {
                    self.has_ended(&post.conversation_id);
                }
                Err(refused.error)
            }
        }
    }

    /// What goes out for a message.
    fn post(
        &self,
        conversation_id: &str,
        message: &Message,
        options: &CallOptions,
    ) -> Result<KeptMessage> {
        check::path_segment(conversation_id)?;
        let message = check::checked(message)?;
        let asked = self.lock().asked.clone();
        let said = content(&message, asked.as_ref(), &self.file_link(""))?;
        let mut body = json!({"client_id": client_id(options)?, said.field: said.value});
        if let Some(seq) = said.answer_to {
            body["answer_to"] = seq.into();
        }
        Ok(KeptMessage {
            conversation_id: conversation_id.to_owned(),
            body,
        })
    }

    /// The question that a message answers is answered.
    fn has_answered(&self, body: &Value) {
        let mut state = self.lock();
        let answered = body.get("answer_to").and_then(Value::as_u64);
        if state.asked.as_ref().map(|asked| asked.seq) == answered {
            state.asked = None;
        }
    }

    /// Nothing can be said in this conversation any more.
    pub(super) fn has_ended(&self, conversation_id: &str) {
        let mut state = self.lock();
        if state.kept.conversation_id.as_deref() == Some(conversation_id) && state.kept.is_open {
            state.kept.is_open = false;
            state.is_changed = true;
        }
    }

    /// The link of a file that the gateway has, in answers.
    pub(super) fn file_link(&self, id: &str) -> String {
        format!("{}/v1/files/{id}", self.url)
    }
}

/// The turn to send. What others kept meanwhile does not wait for the end of a poll that is held.
pub(super) struct SendingTurn<'a> {
    gateway: &'a Gateway,
    turn: Option<Turn<'a>>,
}

impl<'a> SendingTurn<'a> {
    fn of(gateway: &'a Gateway, turn: Turn<'a>) -> Self {
        let turn = Some(turn);
        Self { gateway, turn }
    }
}

impl Drop for SendingTurn<'_> {
    fn drop(&mut self) {
        // Before the look: who keeps a message and finds the turn taken relies on it.
        drop(self.turn.take());
        if !self.gateway.lock().kept.messages.is_empty() {
            self.gateway.break_poll();
            self.gateway.inbox.nudge();
        }
    }
}

/// Whether a message is refused for good: the next one may go.
fn is_final(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::Rejected | Code::InvalidRequest | Code::NotFound
    ) && error.delivery() == Some(Delivery::Rejected)
}

/// The caller's own id of a message, or one that nobody has.
pub(super) fn client_id(options: &CallOptions) -> Result<String> {
    if let Some(id) = &options.client_id {
        let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(is_right) {
            let expected = "expected 1 to 64 letters, digits, `-`, `_`, `.` and `:`";
            return Err(Error::invalid("client_id", expected));
        }
        return Ok(id.clone());
    }
    let mut bytes = [0_u8; 12];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::new(Code::Internal, "the system gives no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What the gateway says of a message that it took.
pub(super) fn sent(reply: &Reply) -> Result<Sent> {
    let message = reply.body.get("message");
    let text = |name: &str| message?.get(name)?.as_str().map(str::to_owned);
    let sent = Sent {
        client_id: text("client_id"),
        seq: message.and_then(|message| message.get("seq")?.as_u64()),
        state: text("state"),
        ..Sent::default()
    };
    match sent.client_id {
        Some(_) => Ok(sent),
        None => Err(super::refusal::lacks("message")),
    }
}
