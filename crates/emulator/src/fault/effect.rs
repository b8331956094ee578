//! What faults do to a call, put together: one value that the HTTP side acts on.

use std::time::Duration;

use super::{Fault, FaultKind, When};
use crate::reply::Refusal;
use crate::socket::{Cut, Drip, Ending};

/// What becomes of a call.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    /// The call waits so long before it is looked at.
    pub delay: Duration,
    /// The call is not looked at; this happens instead.
    pub instead: Option<Instead>,
    /// The call's events are delivered before its answer.
    pub early: bool,
    /// The answer ends early.
    pub cut: Option<(AnswerCut, Ending)>,
    /// The answer comes in pieces.
    pub drip: Option<Drip>,
}

/// What happens to a call that is not looked at.
#[derive(Debug)]
pub(crate) enum Instead {
    Refuse(Refusal),
    End(Ending),
}

/// Where an answer ends early.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnswerCut {
    AtOnce,
    HalfOfBody,
    BodyAfter(usize),
}

impl AnswerCut {
    pub fn in_answer(self, body_length: usize) -> Cut {
        match self {
            Self::AtOnce => Cut::AfterBytes(0),
            Self::HalfOfBody => Cut::AfterHeadAnd(body_length / 2),
            Self::BodyAfter(bytes) => Cut::AfterHeadAnd(bytes),
        }
    }
}

impl Effect {
    /// Delays add up; of faults that exclude each other the first one counts.
    pub fn of(faults: &[(FaultKind, Fault)]) -> Self {
        let mut effect = Self::default();
        for (_, fault) in faults {
            effect.add(fault);
        }
        effect
    }

    fn add(&mut self, fault: &Fault) {
        match fault {
            Fault::Delay(delay) => self.delay += *delay,
            Fault::WebhookEarly => self.early = true,
            Fault::SlowDrip { bytes, every } => {
                self.drip.get_or_insert(Drip {
                    bytes: *bytes,
                    every: *every,
                });
            }
            Fault::DropAnswer => self.cut(AnswerCut::AtOnce, Ending::Close),
            Fault::CutBody(None) => self.cut(AnswerCut::HalfOfBody, Ending::Close),
            Fault::CutBody(Some(bytes)) => self.cut(AnswerCut::BodyAfter(*bytes), Ending::Close),
            Fault::HalfOpen(When::After) => self.cut(AnswerCut::AtOnce, Ending::Stall),
            Fault::Reset(When::After) => self.cut(AnswerCut::AtOnce, Ending::Reset),
            Fault::DropRequest => self.instead(Instead::End(Ending::Close)),
            Fault::HalfOpen(When::Before) => self.instead(Instead::End(Ending::Stall)),
            Fault::Reset(When::Before) => self.instead(Instead::End(Ending::Reset)),
            other => {
                if let Some(refusal) = refusal(other) {
                    self.instead(Instead::Refuse(refusal));
                }
            }
        }
    }

    fn cut(&mut self, cut: AnswerCut, ending: Ending) {
        self.cut.get_or_insert((cut, ending));
    }

    fn instead(&mut self, instead: Instead) {
        self.instead.get_or_insert(instead);
    }
}

fn refusal(fault: &Fault) -> Option<Refusal> {
    let by_rule = || "a fault rule".to_owned();
    Some(match fault {
        Fault::RateLimited(after) => Refusal::RateLimited(after.clone()),
        Fault::Unavailable(after) => Refusal::Unavailable(after.clone()),
        Fault::ServerError => Refusal::ServerError,
        Fault::BadGateway => Refusal::BadGateway,
        Fault::TokenExpired => Refusal::Unauthorized("a fault rule: the token has expired".into()),
        Fault::ChannelNotEnabled => Refusal::ChannelNotEnabled(by_rule()),
        Fault::ConversationNotCreated => Refusal::NotCreated(by_rule()),
        Fault::InvalidRequest => Refusal::InvalidRequest(by_rule()),
        _ => return None,
    })
}
