//! What visitors have to show when too many come to a site: `challenge` in the file.

use serde::Deserialize;
use toml::Spanned;

use super::reader::{Reader, Text};
use super::{Hidden, Receiver};

/// How many hashes a solution takes is doubled by each bit.
const BITS: std::ops::RangeInclusive<u8> = 8..=24;
const DEFAULT_BITS: u8 = 16;

/// What visitors have to show when a site's sessions pass its limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Challenge {
    /// Nothing helps: they are refused until later.
    #[default]
    Off,
    /// Work: a hash that begins with so many bits of 0. Each bit doubles it.
    Pow {
        /// From 8 to 24.
        bits: u8,
    },
    /// What somebody else gave them, who is asked whether it is good: a CAPTCHA's service.
    Hook {
        /// Who is asked.
        receiver: Receiver,
        /// What the service knows the site by.
        secret: Option<Hidden>,
    },
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Off,
    Pow,
    Hook,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChallengeFile {
    #[serde(default)]
    kind: Kind,
    bits: Option<Spanned<u8>>,
    url: Option<Text>,
    secret_file: Option<Text>,
    secret_env: Option<Text>,
}

pub(super) fn read(reader: &mut Reader<'_>, file: Spanned<ChallengeFile>) -> Challenge {
    let (span, file) = (file.span(), file.into_inner());
    let is_hook = matches!(file.kind, Kind::Hook);
    let stray = [&file.url, &file.secret_file, &file.secret_env];
    if let Some(stray) = stray.into_iter().flatten().next()
        && !is_hook
    {
        reader.wrong(stray.span(), "challenge: only with kind = \"hook\"");
    }
    if let Some(bits) = &file.bits
        && !matches!(file.kind, Kind::Pow)
    {
        reader.wrong(bits.span(), "challenge.bits: only with kind = \"pow\"");
    }
    match file.kind {
        Kind::Off => Challenge::Off,
        Kind::Pow => {
            let bits = file.bits.as_ref();
            if let Some(wrong) = bits.filter(|bits| !BITS.contains(bits.as_ref())) {
                reader.wrong(
                    wrong.span(),
                    "challenge.bits: expected a number from 8 to 24",
                );
            }
            Challenge::Pow {
                bits: bits.map_or(DEFAULT_BITS, |bits| *bits.as_ref()),
            }
        }
        Kind::Hook => {
            let secret = match (file.secret_file, file.secret_env) {
                (None, None) => None,
                (from_file, env) => Some(reader.secret("secret", from_file, env, &span)),
            };
            let Some(url) = file.url else {
                reader.wrong(span, "challenge.url: missing");
                return Challenge::Off;
            };
            match Receiver::parse(url.as_ref()) {
                Ok(receiver) => Challenge::Hook { receiver, secret },
                Err(why) => {
                    reader.wrong(url.span(), format!("challenge.url: {why}"));
                    Challenge::Off
                }
            }
        }
    }
}
