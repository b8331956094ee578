//! What happened, and what it means: the one table of codes, delivery and second tries.

use http::StatusCode;
use wotnot_protocol::Failure;

use crate::{Code, Delivery};

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptOutcome {
    /// It ended before a byte of it reached the service.
    NotSent(FailureCause),
    /// It ended without a whole answer, after a byte of it may have reached the service.
    Broken(FailureCause),
    /// A whole answer that does not mean success: its status, a known word of the service, and who
    /// surely wrote it.
    Answered(u16, Option<Word>, Author),
    /// A whole answer of success that is not what the API promises.
    UnexpectedResponse,
}

/// Why a request ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureCause {
    Network,
    /// The proxy was not reached, or did not reach the service.
    Proxy,
    /// The proxy said no, and will say so again.
    ProxyRefusal,
    Tls,
    /// No connection was made within the time for one, and the call has some left.
    ConnectDeadline,
    /// The call's own time is over.
    Deadline,
    /// What came back is not HTTP, or more than we take.
    NotHttp,
}

/// A word of the service that says more than the status does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    NotCreated,
    ChannelNotEnabled,
    BadToken,
    FeatureMissing,
    InvalidRequest,
}

/// Who wrote a whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// The service itself, or somebody who answers for it: it says no in the service's form, or when
    /// to come again.
    Service,
    /// Perhaps a proxy that passed the request on and then lost the service.
    Anybody,
}

/// What to tell the caller, and whether to try again first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Classification {
    pub(crate) code: Code,
    pub(crate) delivery: Delivery,
    pub(crate) retry: RetryDecision,
}

/// Whether a second try could double a message or is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// Nothing was taken, and a later try may succeed.
    Safe,
    /// The message may have been taken, or trying again would not help.
    Never,
}

impl Word {
    pub(crate) fn known(word: &str) -> Option<Self> {
        Some(match word {
            Failure::CONVERSATION_CREATION_EXCEPTION => Self::NotCreated,
            Failure::CHANNEL_NOT_ENABLED => Self::ChannelNotEnabled,
            Failure::JWT_SIGNATURE_EXCEPTION => Self::BadToken,
            Failure::UNAUTHORIZED_FEATURE => Self::FeatureMissing,
            Failure::INVALID_REQUEST => Self::InvalidRequest,
            _ => return None,
        })
    }
}

impl AttemptOutcome {
    #[rustfmt::skip]
    pub(crate) fn classify(self) -> Classification {
        use AttemptOutcome::{Answered, Broken, NotSent, UnexpectedResponse};
        use Delivery::{Rejected, Unknown};
        use FailureCause::{ConnectDeadline, Deadline, Network, NotHttp, Proxy, ProxyRefusal, Tls};
        use RetryDecision::{Never, Safe};
        let (code, delivery, retry) = match self {
            NotSent(Network) => (Code::Network, Delivery::NotSent, Safe),
            NotSent(Proxy) => (Code::Proxy, Delivery::NotSent, Safe),
            NotSent(ProxyRefusal) => (Code::Proxy, Delivery::NotSent, Never),
            NotSent(Tls) => (Code::Tls, Delivery::NotSent, Never),
            NotSent(ConnectDeadline) => (Code::RequestTimeout, Delivery::NotSent, Safe),
            NotSent(Deadline) => (Code::RequestTimeout, Delivery::NotSent, Never),
            NotSent(NotHttp) => (Code::ProtocolError, Delivery::NotSent, Never),

            Broken(Network) => (Code::Network, Unknown, Never),
            Broken(Proxy | ProxyRefusal) => (Code::Proxy, Unknown, Never),
            Broken(Tls) => (Code::Tls, Unknown, Never),
            Broken(ConnectDeadline | Deadline) => (Code::RequestTimeout, Unknown, Never),
            Broken(NotHttp) => (Code::ProtocolError, Unknown, Never),

            // A known word decides, but only where the status is a refusal or a success.
            Answered(200..=299 | 400..=499, Some(word), _) => match word {
                Word::NotCreated => (Code::ConversationNotCreated, Rejected, Safe),
                Word::ChannelNotEnabled => (Code::ChannelNotEnabled, Rejected, Never),
                Word::BadToken => (Code::Unauthorized, Rejected, Never),
                Word::FeatureMissing => (Code::Rejected, Rejected, Never),
                Word::InvalidRequest => (Code::InvalidRequest, Rejected, Never),
            },
            Answered(200..=299, ..) => (Code::Rejected, Rejected, Never),
            Answered(300..=399, ..) => (Code::ProtocolError, Unknown, Never),
            Answered(400, ..) => (Code::InvalidRequest, Rejected, Never),
            Answered(401, ..) => (Code::Unauthorized, Rejected, Never),
            Answered(404, ..) => (Code::NotFound, Rejected, Never),
            Answered(429, ..) => (Code::RateLimited, Rejected, Safe),
            Answered(400..=499, ..) => (Code::Rejected, Rejected, Never),
            // Proxies (Envoy, Varnish, Heroku) answer 503 after they have passed a request on.
            Answered(503, _, Author::Service) => (Code::ServerError, Rejected, Safe),
            Answered(500..=599, ..) => (Code::ServerError, Unknown, Never),
            Answered(..) | UnexpectedResponse => (Code::ProtocolError, Unknown, Never),
        };
        Classification { code, delivery, retry }
    }

    /// What went wrong, for people, and what to do about it.
    pub(crate) fn explain(self) -> String {
        use AttemptOutcome::{Answered, Broken, NotSent, UnexpectedResponse};
        let text = match self {
            Answered(200..=299 | 400..=499, Some(word), _) => match word {
                Word::NotCreated => {
                    "the service made no conversation, and asks to try again after some time; where it says so every time, check that `bot_key` is the key of a bot that is deployed to the API channel, and `bot_key_field` (some accounts take `publish_key`)"
                }
                Word::ChannelNotEnabled => {
                    "the API channel is not enabled in the account; switch it on in the account's channel settings"
                }
                Word::BadToken => BAD_TOKEN,
                Word::FeatureMissing => {
                    "the account's plan lacks this feature; ask the vendor to switch it on (the token is not at fault)"
                }
                Word::InvalidRequest => INVALID_REQUEST,
            },
            Answered(400, ..) => INVALID_REQUEST,
            Answered(401, ..) => BAD_TOKEN,
            Answered(404, ..) => {
                "the service knows no such path or conversation; check base_url and the conversation id"
            }
            Answered(408, ..) => "the service gave up waiting for the request",
            Answered(413, ..) => "the service found the message too large",
            Answered(429, ..) => "the service asked to slow down",
            Answered(503, _, Author::Service) => {
                "the service is not available now and took nothing"
            }
            Answered(status @ 300..=399, ..) => {
                return format!(
                    "the service answered with a redirect ({}), which is never followed; check base_url",
                    named(status)
                );
            }
            Answered(status @ 500..=599, ..) => {
                return format!(
                    "the service failed ({}); whether it took the message is not known",
                    named(status)
                );
            }
            Answered(status, ..) => {
                return format!("the service refused the request ({})", named(status));
            }
            NotSent(FailureCause::Network) => "the connection could not be made",
            NotSent(FailureCause::Proxy | FailureCause::ProxyRefusal)
            | Broken(FailureCause::Proxy | FailureCause::ProxyRefusal) => {
                "the proxy refused or could not be reached; check `proxy`"
            }
            NotSent(FailureCause::Tls) | Broken(FailureCause::Tls) => "the TLS handshake failed",
            NotSent(FailureCause::ConnectDeadline) => {
                "no connection was made within `connect_timeout_ms`; nothing was sent"
            }
            NotSent(FailureCause::Deadline) => {
                "no connection was made within the time; nothing was sent"
            }
            Broken(FailureCause::ConnectDeadline | FailureCause::Deadline) => {
                "no whole answer came within the time; the message may have been taken"
            }
            Broken(FailureCause::Network) => {
                "the connection broke before the whole answer; the message may have been taken"
            }
            NotSent(FailureCause::NotHttp) | Broken(FailureCause::NotHttp) => {
                "what came back is not an HTTP answer that this library takes"
            }
            UnexpectedResponse => {
                "the answer is not what the API promises; is `base_url` the service itself, and not a page or a proxy?"
            }
        };
        text.to_owned()
    }
}

const BAD_TOKEN: &str =
    "the service refused the token; check that `token` is the account's own, copied whole";

const INVALID_REQUEST: &str = "the service called the request invalid; check the conversation id, the bot key and the message";

fn named(status: u16) -> String {
    let name = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    match name {
        Some(name) => format!("HTTP {status} {name}"),
        None => format!("HTTP {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [Option<Word>; 6] = [
        None,
        Some(Word::NotCreated),
        Some(Word::ChannelNotEnabled),
        Some(Word::BadToken),
        Some(Word::FeatureMissing),
        Some(Word::InvalidRequest),
    ];

    fn answers() -> impl Iterator<Item = AttemptOutcome> {
        (100..1000).flat_map(|status| {
            WORDS.into_iter().flat_map(move |word| {
                [Author::Service, Author::Anybody]
                    .map(|author| AttemptOutcome::Answered(status, word, author))
            })
        })
    }

    #[test]
    fn only_what_was_surely_not_taken_is_tried_again() {
        let causes = [
            FailureCause::Network,
            FailureCause::Proxy,
            FailureCause::ProxyRefusal,
            FailureCause::Tls,
            FailureCause::ConnectDeadline,
            FailureCause::Deadline,
            FailureCause::NotHttp,
        ];
        let ends = causes.into_iter().flat_map(|cause| {
            [
                AttemptOutcome::NotSent(cause),
                AttemptOutcome::Broken(cause),
            ]
        });
        let all = answers()
            .chain(ends)
            .chain([AttemptOutcome::UnexpectedResponse]);
        for outcome in all {
            let class = outcome.classify();
            if class.retry == RetryDecision::Safe {
                assert_ne!(class.delivery, Delivery::Unknown, "{outcome:?}");
            }
        }
    }

    #[test]
    fn an_answer_is_tried_again_after_429_503_of_the_service_and_nothing_made() {
        for outcome in answers() {
            let AttemptOutcome::Answered(status, word, author) = outcome else {
                continue;
            };
            let expected = match word {
                Some(word) if (200..300).contains(&status) || (400..500).contains(&status) => {
                    word == Word::NotCreated
                }
                _ => status == 429 || status == 503 && author == Author::Service,
            };
            let safe = outcome.classify().retry == RetryDecision::Safe;
            assert_eq!(safe, expected, "{outcome:?}");
        }
    }

    #[test]
    fn server_errors_are_unknown_but_for_a_503_of_the_service() {
        for outcome in answers() {
            if let AttemptOutcome::Answered(status @ 500..=599, _, author) = outcome {
                let expected = match (status, author) {
                    (503, Author::Service) => Delivery::Rejected,
                    _ => Delivery::Unknown,
                };
                assert_eq!(outcome.classify().delivery, expected, "{outcome:?}");
            }
        }
    }
}
