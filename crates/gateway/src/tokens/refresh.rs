//! Refresh tokens: `<family>.<secret>`, of which only the hash is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use crate::config::random_token;

/// How long a token that is not used stays good.
pub const LIFETIME_MS: u64 = 30 * 24 * 3_600 * 1_000;
/// How long the one before works beside the next one, for two tabs that ask at once. Where nobody used the next one,
/// its answer was lost, and the one before works without this limit.
pub const GRACE_MS: u64 = 60_000;

/// A token in its two forms.
pub(crate) struct Refresh {
    pub family: String,
    pub text: String,
    pub hash: [u8; 32],
}

/// A new token in a family of its own, or in this one.
pub(crate) fn make(family: Option<&str>) -> std::io::Result<Refresh> {
    let family = match family {
        Some(family) => family.to_owned(),
        None => random_token(12)?,
    };
    let secret = random_token(32)?;
    Ok(Refresh {
        hash: hash(&secret),
        text: format!("{family}.{secret}"),
        family,
    })
}

/// Family and hash of a token that a browser shows; `None` when it is no token of ours.
pub(crate) fn read(text: &str) -> Option<(&str, [u8; 32])> {
    let (family, secret) = text.split_once('.')?;
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).ok().map(|bytes| bytes.len());
    (bytes(family) == Some(12) && bytes(secret) == Some(32)).then(|| (family, hash(secret)))
}

fn hash(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    hash
}
