//! What happened, and what it means: the one table of codes, delivery and second tries.

use http::StatusCode;
use wotnot_protocol::Failure;

use crate::{Code, Delivery};

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened<'a> {
    /// It ended before a byte of it reached the service.
    NotSent(Trouble),
    /// It ended without a whole answer, after a byte of it may have reached the service.
    Broken(Trouble),
    /// A whole answer that does not mean success: its status, and the service's own word.
    Said(u16, Option<&'a str>),
    /// A whole answer of success that is not what the API promises.
    Nonsense,
}

/// Why a request ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Network,
    /// The proxy was not reached, or did not reach the service.
    Proxy,
    /// The proxy said no, and will say so again.
    ProxyRefusal,
    Tls,
    Deadline,
    /// What came back is not HTTP, or more than we take.
    NotHttp,
}

/// What to tell the caller, and whether to try again first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) code: Code,
    pub(crate) delivery: Delivery,
    pub(crate) again: Again,
}

/// Whether a second try could double a message or is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Nothing was taken, and a later try may succeed.
    Safe,
    /// The message may have been taken, or trying again would not help.
    Never,
}

impl Happened<'_> {
    pub(crate) fn meaning(self) -> Meaning {
        use Again::{Never, Safe};
        use Delivery::{NotSent, Rejected, Unknown};
        let (code, delivery, again) = match self {
            Happened::NotSent(Trouble::Network) => (Code::Network, NotSent, Safe),
            Happened::NotSent(Trouble::Proxy) => (Code::Proxy, NotSent, Safe),
            Happened::NotSent(Trouble::ProxyRefusal) => (Code::Proxy, NotSent, Never),
            Happened::NotSent(Trouble::Tls) => (Code::Tls, NotSent, Never),
            Happened::NotSent(Trouble::Deadline) => (Code::RequestTimeout, NotSent, Never),
            Happened::NotSent(Trouble::NotHttp) => (Code::ProtocolError, NotSent, Never),

            Happened::Broken(Trouble::Network) => (Code::Network, Unknown, Never),
            Happened::Broken(Trouble::Proxy | Trouble::ProxyRefusal) => {
                (Code::Proxy, Unknown, Never)
            }
            Happened::Broken(Trouble::Tls) => (Code::Tls, Unknown, Never),
            Happened::Broken(Trouble::Deadline) => (Code::RequestTimeout, Unknown, Never),
            Happened::Broken(Trouble::NotHttp) => (Code::ProtocolError, Unknown, Never),

            Happened::Said(200..=499, Some(word)) if known(word).is_some() => {
                let (code, again) = known(word).unwrap_or((Code::Rejected, Never));
                (code, Rejected, again)
            }
            Happened::Said(200..=299, _) => (Code::Rejected, Rejected, Never),
            Happened::Said(300..=399, _) => (Code::ProtocolError, Unknown, Never),
            Happened::Said(400, _) => (Code::InvalidRequest, Rejected, Never),
            Happened::Said(401, _) => (Code::Unauthorized, Rejected, Never),
            Happened::Said(404, _) => (Code::NotFound, Rejected, Never),
            Happened::Said(429, _) => (Code::RateLimited, Rejected, Safe),
            Happened::Said(400..=499, _) => (Code::Rejected, Rejected, Never),
            Happened::Said(503, _) => (Code::ServerError, Rejected, Safe),
            Happened::Said(500..=599, _) => (Code::ServerError, Unknown, Never),
            Happened::Said(..) | Happened::Nonsense => (Code::ProtocolError, Unknown, Never),
        };
        Meaning {
            code,
            delivery,
            again,
        }
    }

    /// What went wrong, for people, and what to do about it.
    pub(crate) fn explain(self) -> String {
        let text = match self {
            Happened::Said(_, Some(Failure::CONVERSATION_CREATION_EXCEPTION)) => {
                "the service made no conversation and asks to try again after some time"
            }
            Happened::Said(_, Some(Failure::CHANNEL_NOT_ENABLED)) => {
                "the API channel is not enabled in the account; switch it on in the account's channel settings"
            }
            Happened::Said(401, _) | Happened::Said(_, Some(Failure::JWT_SIGNATURE_EXCEPTION)) => {
                "the service refused the token; check that `token` is the account's own, copied whole"
            }
            Happened::Said(400, _) => {
                "the service called the request invalid; check the conversation id, the bot key and the message"
            }
            Happened::Said(404, _) => {
                "the service knows no such path or conversation; check base_url and the conversation id"
            }
            Happened::Said(408, _) => "the service gave up waiting for the request",
            Happened::Said(413, _) => "the service found the message too large",
            Happened::Said(429, _) => "the service asked to slow down",
            Happened::Said(503, _) => "the service is not available now and took nothing",
            Happened::Said(status @ 300..=399, _) => {
                return format!(
                    "the service answered with a redirect ({}), which is never followed; check base_url",
                    named(status)
                );
            }
            Happened::Said(status @ 500..=599, _) => {
                return format!(
                    "the service failed ({}); whether it took the message is not known",
                    named(status)
                );
            }
            Happened::Said(status, _) => {
                return format!("the service refused the request ({})", named(status));
            }
            Happened::NotSent(Trouble::Network) => "the connection could not be made",
            Happened::NotSent(Trouble::Proxy | Trouble::ProxyRefusal)
            | Happened::Broken(Trouble::Proxy | Trouble::ProxyRefusal) => {
                "the proxy refused or could not be reached; check `proxy`"
            }
            Happened::NotSent(Trouble::Tls) | Happened::Broken(Trouble::Tls) => {
                "the TLS handshake failed"
            }
            Happened::NotSent(Trouble::Deadline) => {
                "no connection was made within the time; nothing was sent"
            }
            Happened::Broken(Trouble::Deadline) => {
                "no whole answer came within the time; the message may have been taken"
            }
            Happened::Broken(Trouble::Network) => {
                "the connection broke before the whole answer; the message may have been taken"
            }
            Happened::NotSent(Trouble::NotHttp) | Happened::Broken(Trouble::NotHttp) => {
                "what came back is not an HTTP answer that this library takes"
            }
            Happened::Nonsense => {
                "the answer is not what the API promises; is base_url the service itself, and not a page or a proxy?"
            }
        };
        text.to_owned()
    }
}

/// The words of the service that say more than the status does.
fn known(word: &str) -> Option<(Code, Again)> {
    match word {
        Failure::CONVERSATION_CREATION_EXCEPTION => {
            Some((Code::ConversationNotCreated, Again::Safe))
        }
        Failure::CHANNEL_NOT_ENABLED => Some((Code::ChannelNotEnabled, Again::Never)),
        Failure::JWT_SIGNATURE_EXCEPTION => Some((Code::Unauthorized, Again::Never)),
        Failure::INVALID_REQUEST => Some((Code::InvalidRequest, Again::Never)),
        _ => None,
    }
}

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

    #[test]
    fn only_what_was_surely_not_taken_is_tried_again() {
        let troubles = [
            Trouble::Network,
            Trouble::Proxy,
            Trouble::ProxyRefusal,
            Trouble::Tls,
            Trouble::Deadline,
            Trouble::NotHttp,
        ];
        let mut all: Vec<Happened> = troubles.iter().map(|t| Happened::Broken(*t)).collect();
        all.extend(troubles.iter().map(|t| Happened::NotSent(*t)));
        all.extend((100..1000).map(|status| Happened::Said(status, None)));
        all.push(Happened::Nonsense);
        for happened in all {
            let meaning = happened.meaning();
            if meaning.again == Again::Safe {
                assert_ne!(meaning.delivery, Delivery::Unknown, "{happened:?}");
            }
        }
    }

    #[test]
    fn server_errors_that_do_not_say_are_unknown() {
        for status in [500, 501, 502, 504, 505, 599] {
            let meaning = Happened::Said(status, None).meaning();
            assert_eq!(meaning.delivery, Delivery::Unknown, "{status}");
            assert_eq!(meaning.again, Again::Never, "{status}");
        }
        let unavailable = Happened::Said(503, None).meaning();
        assert_eq!(unavailable.delivery, Delivery::Rejected);
        assert_eq!(unavailable.again, Again::Safe);
    }

    #[test]
    fn the_service_s_own_words_say_more_than_the_status() {
        let meaning = |word| Happened::Said(400, Some(word)).meaning();
        assert_eq!(
            meaning("CONVERSATION_CREATION_EXCEPTION").code,
            Code::ConversationNotCreated
        );
        assert_eq!(
            meaning("CONVERSATION_CREATION_EXCEPTION").again,
            Again::Safe
        );
        assert_eq!(meaning("CHANNEL_NOT_ENABLED").code, Code::ChannelNotEnabled);
        assert_eq!(meaning("JWT_SIGNATURE_EXCEPTION").code, Code::Unauthorized);
        assert_eq!(meaning("something new").code, Code::InvalidRequest);
    }
}
