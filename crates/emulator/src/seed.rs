//! Every id and every chance, drawn from one seed, so that the same seed gives the same run.

use sha2::{Digest, Sha256};

/// A seed. Draws depend on what they are for, never on the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seed(pub u64);

impl Seed {
    /// `length` lower-case letters and digits for the thing that `path` names; at most 32.
    pub fn id(self, path: &[&str], length: usize) -> String {
        const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        self.digest(path)
            .iter()
            .take(length)
            .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
            .collect()
    }

    /// The key by which an answer names the button that it picked: the `button`th of the `card`th card of a block.
    pub fn button_key(self, block: &str, card: usize, button: usize) -> String {
        self.id(
            &["button", block, &card.to_string(), &button.to_string()],
            10,
        )
    }

    /// `length` lower-case hexadecimal digits; at most 64.
    pub fn hex(self, path: &[&str], length: usize) -> String {
        let mut text = hex(&self.digest(path));
        text.truncate(length);
        text
    }

    /// A number from 0 up to, not including, 1.
    pub fn chance(self, path: &[&str]) -> f64 {
        let digest = self.digest(path);
        let number = digest
            .iter()
            .take(6)
            .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        number as f64 / (1_u64 << 48) as f64
    }

    fn digest(self, path: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.to_be_bytes());
        for part in path {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
