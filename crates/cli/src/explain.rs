//! What an error of the client means for somebody who reads it in a terminal.

use wotnot_core::{Code, Delivery, Error};

use crate::screen::visible;

/// As [`explain`], and names the bot key where that may be why no conversation was made.
pub fn explain_start(error: &Error, bot_key: Option<&str>) -> String {
    match (error.code(), bot_key) {
        (Code::ConversationNotCreated, Some(key)) => {
            let key = visible(key);
            format!("{}; the bot key was `{key}`", explain(error))
        }
        _ => explain(error),
    }
}

/// What an error means for somebody who types: the message, and whether it may have arrived.
pub fn explain(error: &Error) -> String {
    let advice = match (error.delivery(), error.retryable()) {
        (Some(Delivery::Unknown), _) => " (it may have been delivered)",
        (Some(_), true) => " (it did not arrive; try again)",
        (Some(_), false) => " (it did not arrive)",
        (None, _) => "",
    };
    format!("{error}{advice}")
}
