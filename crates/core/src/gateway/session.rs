//! The session: begun when it is needed, refreshed when its token's time is over, and known from the state file.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::http::{Ask, Limit, Replied};
use super::kept::Kept;
use super::refusal::{Refused, lacks};
use super::{Gateway, State, challenge};
use crate::log::LoggedCall;
use crate::options::CallOptions;
use crate::{Delivery, Error, Result, Secret};

impl Gateway {
    /// The visitor's token.
    pub(super) fn session(
        &self,
        limit: &Limit,
        logged: Option<&LoggedCall>,
    ) -> std::result::Result<Secret, Refused> {
        if let Some(token) = &self.lock().token {
            return Ok(token.clone());
        }
        let _turn = self.renewing.take(limit)?;
        // Somebody may have renewed it while this call waited.
        let (token, refresh) = {
            let state = self.lock();
            (state.token.clone(), state.kept.refresh.clone())
        };
        if let Some(token) = token {
            return Ok(token);
        }
        // What is not said for lack of a token was not sent, whatever became of the session's own call.
        let not_sent = |mut refused: Refused| {
            refused.error = refused.error.with_delivery(Delivery::NotSent);
            refused
        };
        let reply = self.renew(refresh, limit, logged).map_err(not_sent)?;
        Ok(self.keep(&reply.body)?)
    }

    /// Begins the session alone.
    pub(super) fn begin_session(&self) -> Result<Value> {
        let limit = Limit::of(self, &CallOptions::default());
        let _registered = self.engine.register(limit.cancel_state())?;
        let _turn = self.renewing.take(&limit)?;
        let (is_begun, refresh) = {
            let state = self.lock();
            (state.token.is_some(), state.kept.refresh.clone())
        };
        if !is_begun {
            let reply = self.renew(refresh, &limit, None)?;
            self.keep(&reply.body)?;
        }
        Ok(self.lock().session.clone())
    }

    fn renew(
        &self,
        refresh: Option<Secret>,
        limit: &Limit,
        logged: Option<&LoggedCall>,
    ) -> Replied {
        match refresh {
            Some(refresh) => match self.refresh(&refresh, limit, logged) {
                Err(refused) if refused.ends_the_session() => self.begin(limit, logged),
                renewed => renewed,
            },
            None => self.begin(limit, logged),
        }
    }

    /// This token is of no use any more.
    pub(super) fn drop_token(&self, token: &Secret) {
        let mut state = self.lock();
        if state.token.as_ref() == Some(token) {
            state.token = None;
        }
    }

    fn refresh(&self, refresh: &Secret, limit: &Limit, logged: Option<&LoggedCall>) -> Replied {
        let body = json!({"refresh": refresh.expose()});
        let ask = Ask::post(&["/v1/sessions/refresh"], &body);
        self.exchange(&ask, None, limit, logged)
    }

    fn begin(&self, limit: &Limit, logged: Option<&LoggedCall>) -> Replied {
        let identity = self.lock().identity.clone();
        let mut body = json!({});
        if !self.settings.app.is_empty() {
            body["app"] = self.settings.app.as_str().into();
        }
        if let Some(identity) = &identity {
            body["identity"] = identity.expose().into();
        }
        let begin = |body: &Value| {
            let ask = Ask::post(&["/v1/sessions"], body);
            self.exchange(&ask, None, limit, logged)
        };
        match begin(&body) {
            Err(refused) if refused.code() == "challenge_required" => {
                let asked = refused.details.get("challenge");
                match asked.and_then(challenge::solve) {
                    Some(solution) => {
                        body["challenge"] = solution;
                        begin(&body)
                    }
                    None => Err(refused),
                }
            }
            Err(refused) if refused.code() == "identity_invalid" => {
                self.tell_of(None, &json!({"type": "identity_wanted"}));
                Err(refused)
            }
            begun => begun,
        }
    }

    /// Goes on with what a session's answer gives.
    fn keep(&self, session: &Value) -> Result<Secret> {
        let text = |name: &str| session.get(name).and_then(Value::as_str);
        let (Some(token), Some(refresh)) = (text("token"), text("refresh")) else {
            return Err(lacks("token").with_delivery(Delivery::NotSent));
        };
        let token = Secret::new(token);
        let part = |name: &str, field: &str| session.get(name)?.get(field)?.as_str();
        let mut state = self.lock();
        state.token = Some(token.clone());
        state.session = json!({"conversation": session.get("conversation"),
            "capabilities": session.get("capabilities")});
        state.kept.refresh = Some(Secret::new(refresh));
        let visitor = part("visitor", "id").map(str::to_owned);
        if visitor != state.kept.visitor_id {
            // What was somebody else's says nothing of this one.
            if state.kept.visitor_id.is_some() {
                state.kept.cursor = None;
                state.kept.conversation_id = None;
                state.read_up_to = None;
                state.asked = None;
            }
            state.kept.visitor_id = visitor;
        }
        match part("conversation", "id") {
            Some(id) => {
                if state.kept.conversation_id.as_deref() != Some(id) {
                    state.kept.conversation_id = Some(id.to_owned());
                    state.kept.cursor = None;
                    state.read_up_to = None;
                }
                state.kept.is_open = true;
            }
            // What of it has not been read can be read yet.
            None => state.kept.is_open = false,
        }
        state.is_changed = true;
        drop(state);
        self.save()?;
        // There may be a conversation to be read now.
        self.inbox.nudge();
        Ok(token)
    }

    /// Another user's session, messages and place in the log are dropped.
    pub(super) fn set_identity(&self, identity: Option<&str>) -> Result<()> {
        let identity = match identity.map(str::trim) {
            Some("") => return Err(Error::invalid("identity", "must not be empty")),
            other => other.map(Secret::new),
        };
        let user = identity.as_ref().and_then(|it| user_of(it.expose()));
        let mut state = self.lock();
        state.become_user(user);
        state.identity = identity;
        state.token = None;
        state.kept.refresh = None;
        state.pace.reset();
        state.is_changed = true;
        drop(state);
        self.inbox.nudge();
        self.save()
    }
}

impl State {
    /// Switches to this user: what is kept of another one is dropped.
    pub(super) fn become_user(&mut self, user: Option<String>) {
        if self.kept.user != user || user.is_none() {
            self.kept = Kept {
                user,
                ..Kept::default()
            };
            self.read_up_to = None;
            self.asked = None;
            self.is_changed = true;
        }
    }
}

/// Tells one user of the site from another, without keeping the name: a hash of `sub`. Nothing is verified here, as
/// only the gateway can; of what it cannot read every text is another user.
pub(super) fn user_of(identity: &str) -> Option<String> {
    let payload = identity.split('.').nth(1).unwrap_or_default();
    let claims: Option<Value> = URL_SAFE_NO_PAD
        .decode(payload)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let sub = claims
        .as_ref()
        .and_then(|claims| claims.get("sub")?.as_str());
    let hash = digest(&SHA256, sub.unwrap_or(identity).as_bytes());
    Some(
        hash.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    )
}
