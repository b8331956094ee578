//! What may end a call: its time, a `cancel` with its name, and what became of it before it came here.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use wotnot_core::strict::{Fields, wrong};
use wotnot_core::{
    CallId, CallOptions, CancelToken, Client, Delivery, Error, MAX_TIMEOUT, NamedCall, Result,
};

/// The time of a call that sends.
pub(super) const CALL_MS: RangeInclusive<u64> = 1..=MAX_TIMEOUT.as_millis() as u64;

/// The time of a wait: 0 looks without waiting, and the longest is that of `wotnot_receive`.
pub(super) const WAIT_MS: RangeInclusive<u64> = 0..=(u32::MAX - 1) as u64;

pub(super) const CALL_ID: &str = "a string or a number";

/// The time of a call, and what it is called.
pub(super) struct Limits {
    timeout: Option<Duration>,
    call_id: Option<CallId>,
    caller: CallerState,
}

/// What became of a call before it came here, for callers with a queue of their own.
pub(super) struct CallerState {
    queued: Duration,
    is_cancelled: bool,
}

impl CallerState {
    pub(super) fn read(fields: &mut Fields) -> Result<Self> {
        Ok(Self {
            queued: fields.millis("queued_ms", 0, u64::MAX)?.unwrap_or_default(),
            is_cancelled: fields.flag("cancelled")?,
        })
    }

    /// A token that knows it; `cancel` when there is nothing to know.
    fn token(&self, cancel: Option<&CancelToken>) -> Option<CancelToken> {
        if self.queued.is_zero() && !self.is_cancelled {
            return cancel.cloned();
        }
        let token = cancel.cloned().unwrap_or_default();
        // A time before the clock began is one that no call could outlast.
        let asked = Instant::now().checked_sub(self.queued);
        match (self.is_cancelled, asked) {
            (true, _) => token.cancel(),
            (false, Some(asked)) => token.count_from(asked),
            (false, None) => token.expire(),
        }
        Some(token)
    }
}

/// A call that never blocks has no use for what may end one, but takes it as any call does.
pub(super) fn read_unblocked(fields: &mut Fields) -> Result<()> {
    CallerState::read(fields)?;
    read_call_id(fields).map(drop)
}

impl Limits {
    pub(super) fn read(fields: &mut Fields, timeout_ms: RangeInclusive<u64>) -> Result<Self> {
        Ok(Self {
            timeout: fields.millis("timeout_ms", *timeout_ms.start(), *timeout_ms.end())?,
            call_id: read_call_id(fields)?,
            caller: CallerState::read(fields)?,
        })
    }

    /// The call begins; it goes by its name until what is returned is dropped.
    pub(super) fn begin<'a>(
        self,
        client: &'a Client,
        cancel: Option<&CancelToken>,
    ) -> Result<Limited<'a>> {
        let token = self.caller.token(cancel);
        let named = match self.call_id {
            Some(call_id) => Some(client.name_call(call_id, token.clone())?),
            None => None,
        };
        let named_token = named.as_ref().map(NamedCall::token);
        Ok(Limited {
            timeout: self.timeout,
            cancel: named_token.cloned().or(token),
            _named: named,
        })
    }
}

/// A call that has begun, and what may end it.
pub(super) struct Limited<'a> {
    pub(super) timeout: Option<Duration>,
    pub(super) cancel: Option<CancelToken>,
    _named: Option<NamedCall<'a>>,
}

impl Limited<'_> {
    pub(super) fn options(&self) -> CallOptions {
        CallOptions {
            timeout: self.timeout,
            cancel: self.cancel.clone(),
            ..CallOptions::default()
        }
    }
}

/// By what a gateway knows a message again.
pub(super) struct OwnMessage(Option<String>);

impl OwnMessage {
    pub(super) fn read(fields: &mut Fields) -> Result<Self> {
        fields.string("client_id").map(Self)
    }

    pub(super) fn options(&self, call: &Limited) -> CallOptions {
        CallOptions {
            client_id: self.0.clone(),
            ..call.options()
        }
    }
}

pub(super) fn read_call_id(fields: &mut Fields) -> Result<Option<CallId>> {
    fields
        .take("call_id")
        .map(CallId::from_value)
        .transpose()
        .map_err(|other| wrong(&fields.path("call_id"), CALL_ID, &other))
}

/// What is refused before it is sent is known not to be sent.
pub(super) fn not_sent(error: Error) -> Error {
    error.with_delivery(Delivery::NotSent)
}
