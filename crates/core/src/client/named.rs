//! Calls that go by a name of the caller's, so that any thread can end one of them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Number, Value};

use super::Client;
use crate::{CancelToken, Error, Result};

/// What the caller calls a call: a text or a number. `7` and `"7"` are two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallId {
    /// A text, of any length.
    Text(String),
    /// A number.
    Number(Number),
}

impl CallId {
    /// Reads the JSON form; gives back what is neither a text nor a number.
    pub fn from_value(value: Value) -> std::result::Result<Self, Value> {
        match value {
            Value::String(text) => Ok(Self::Text(text)),
            Value::Number(number) => Ok(Self::Number(number)),
            other => Err(other),
        }
    }
}

/// The calls under way that have a name.
#[derive(Debug, Default)]
pub(super) struct NamedCalls(Mutex<HashMap<CallId, CancelToken>>);

impl NamedCalls {
    fn lock(&self) -> MutexGuard<'_, HashMap<CallId, CancelToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name that is in use until this is dropped.
#[derive(Debug)]
pub struct NamedCall<'a> {
    client: &'a Client,
    id: CallId,
    token: CancelToken,
}

impl NamedCall<'_> {
    /// Hand this to the call.
    pub fn token(&self) -> &CancelToken {
        &self.token
    }
}

impl Drop for NamedCall<'_> {
    fn drop(&mut self) {
        self.client.named.lock().remove(&self.id);
    }
}

impl Client {
    /// Gives the call that is about to begin a name for [`Client::cancel_call`]. `token` is the one
    /// that it would have without a name.
    ///
    /// # Errors
    /// `invalid_argument` while another call has this name; `forked`.
    pub fn name_call(&self, id: CallId, token: Option<CancelToken>) -> Result<NamedCall<'_>> {
        self.check_process()?;
        let token = token.unwrap_or_default();
        let mut named = self.named.lock();
        if named.contains_key(&id) {
            return Err(Error::invalid(
                "call_id",
                "a call with this id is under way; give each call an id of its own",
            ));
        }
        named.insert(id.clone(), token.clone());
        Ok(NamedCall {
            client: self,
            id,
            token,
        })
    }

    /// Ends the call of this name at once, with `interrupted` and the delivery that is true. Gives
    /// whether there is one: not when it has ended, and not when it has yet to begin.
    ///
    /// # Errors
    /// `forked`.
    pub fn cancel_call(&self, id: &CallId) -> Result<bool> {
        self.check_process()?;
        let token = self.named.lock().get(id).cloned();
        Ok(token.map(|token| token.cancel()).is_some())
    }
}
