//! Who hears that something waits for a visitor who is not there: `unread_hook` in the file.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::reader::{Reader, Text};
use super::{Hidden, Receiver};

const SHORTEST_SECRET: usize = 32;
const DEFAULT_DELAY_S: u32 = 10;
const LONGEST_DELAY_S: u32 = 3_600;

/// The company's own program, which sends a push message of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadHook {
    /// Where notices are posted.
    pub receiver: Receiver,
    /// Signs each post.
    pub secret: Hidden,
    /// How long the visitor has to come back, and how long more is waited for: one post covers all.
    pub delay: Duration,
    /// Whether the last text stands in the post.
    pub text: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnreadFile {
    url: Text,
    secret_file: Option<Text>,
    secret_env: Option<Text>,
    delay_s: Option<Spanned<u32>>,
    #[serde(default)]
    text: bool,
}

pub(super) fn read(reader: &mut Reader<'_>, file: Spanned<UnreadFile>) -> Option<UnreadHook> {
    let (span, file) = (file.span(), file.into_inner());
    let secret = reader.secret("secret", file.secret_file, file.secret_env, &span);
    if secret.expose().len() < SHORTEST_SECRET {
        reader.wrong(span, "unread_hook.secret: expected 32 characters at least");
    }
    let delay = file.delay_s.map(|delay| {
        if !(1..=LONGEST_DELAY_S).contains(delay.as_ref()) {
            let problem = "unread_hook.delay_s: expected a number from 1 to 3600";
            reader.wrong(delay.span(), problem);
        }
        delay.into_inner()
    });
    match Receiver::parse(file.url.as_ref()) {
        Ok(receiver) => Some(UnreadHook {
            receiver,
            secret,
            delay: Duration::from_secs(delay.unwrap_or(DEFAULT_DELAY_S).into()),
            text: file.text,
        }),
        Err(why) => {
            reader.wrong(file.url.span(), format!("unread_hook.url: {why}"));
            None
        }
    }
}
