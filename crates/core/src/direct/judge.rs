//! What a whole answer of the service comes to.

use serde_json::Value;
use wotnot_protocol::{Failure, Object, read_json};

use crate::Error;
use crate::engine::Judged;
use crate::exchange::Answer;
use crate::outcome::{AttemptOutcome, Author, Word};
use crate::results::ReadAnswer;

/// The longest reason of the emulator's that stands in an error, in bytes.
const LONGEST_REASON: usize = 200;

/// Reads a whole answer: a value, or an error and whether to try again.
pub(super) fn judge<T: ReadAnswer>(answer: Answer, token: &str) -> Judged<T> {
    // A text of the service may stand in an error unless it repeats the token to us.
    let is_fit = |text: &str| !text.contains(token);
    let body = match read_json(&answer.body) {
        Some(Value::Object(body)) => body,
        _ => Object::new(),
    };
    let words: Vec<String> = Failure::words(&body).map(str::to_owned).collect();
    let known = words.iter().find_map(|word| Word::known(word));
    let says_no = body.get("ok") == Some(&Value::Bool(false));
    let success = (200..300).contains(&answer.status);
    if success
        && !says_no
        && let Some(value) = T::read(body)
    {
        return Ok(value);
    }
    let author = match says_no || answer.retry_after.is_some() {
        true => Author::Service,
        false => Author::Anybody,
    };
    let outcome = match success && !says_no && known.is_none() {
        true => AttemptOutcome::UnexpectedResponse,
        false => AttemptOutcome::Answered(answer.status, known, author),
    };
    let class = outcome.classify();
    let mut text = outcome.explain();
    if let Some(reason) = answer.reason.filter(|reason| is_fit(reason)) {
        let bounded = reason.get(..LONGEST_REASON).unwrap_or(&reason);
        text += &format!(" (the emulator says: {bounded})");
    }
    if let Some(wait) = answer.retry_after {
        text += &format!(" (it asked to wait {} s)", wait.as_secs_f64().ceil());
    }
    let api_code = words.iter().find(|word| is_code(word) && is_fit(word));
    let error = Error::new(class.code, text)
        .with_delivery(class.delivery)
        .with_http_status(answer.status)
        .with_api_code(api_code.map(String::as_str))
        .with_retry_after(answer.retry_after);
    Err((error, class.retry))
}

/// Whether this looks like a code. A sentence may quote the visitor, but for the one that is known.
fn is_code(word: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    Word::known(word).is_some() || (1..=64).contains(&word.len()) && word.bytes().all(letter)
}
