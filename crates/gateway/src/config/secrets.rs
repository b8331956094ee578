//! Strings that do not show themselves, and where they come from.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;

/// A secret. `Debug` prints `[redacted]`; there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Keeps `text` out of sight.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that depends on the lengths alone.
    pub(crate) fn matches(&self, candidate: &str) -> bool {
        self.0.as_bytes().ct_eq(candidate.as_bytes()).into()
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// `bytes` random bytes from the system.
///
/// # Errors
/// The system gives none.
pub(crate) fn random(bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut buffer = vec![0; bytes];
    SystemRandom::new()
        .fill(&mut buffer)
        .map_err(|_| std::io::Error::other("the system gives no random numbers"))?;
    Ok(buffer)
}

/// Random bytes as base64url, for ids and keys.
///
/// # Errors
/// The system gives none.
pub fn random_token(bytes: usize) -> std::io::Result<String> {
    random(bytes).map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

/// Random bytes as hex.
///
/// # Errors
/// The system gives none.
pub fn random_hex(bytes: usize) -> std::io::Result<String> {
    random(bytes).map(|bytes| hex(&bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
