//! Seals what is kept in a file, with a key that the app has from its system's store of keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

use crate::{Code, Error, Result, Secret};

/// The first byte of what was sealed in this way: no JSON begins with it.
const VERSION: u8 = 1;

pub(crate) struct Seal(LessSafeKey);

impl Seal {
    /// # Errors
    /// `invalid_argument` for what is no key.
    pub(crate) fn new(key: &Secret) -> Result<Self> {
        let bytes = STANDARD.decode(key.expose()).ok();
        bytes
            .and_then(|bytes| UnboundKey::new(&CHACHA20_POLY1305, &bytes).ok())
            .map(|key| Self(LessSafeKey::new(key)))
            .ok_or_else(|| Error::invalid("state.key", "expected 32 random bytes in Base64"))
    }

    /// Whether this was sealed, with whatever key.
    pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
        bytes.first() == Some(&VERSION)
    }

    pub(crate) fn close(&self, mut plain: Vec<u8>) -> Result<Vec<u8>> {
        let impossible = |_| Error::new(Code::Internal, "the state could not be sealed");
        // Of random nonces one repeats after so many writes that no disk lasts as long.
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(impossible)?;
        let mut sealed = [&[VERSION], &nonce[..]].concat();
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(nonce, Aad::from([VERSION]), &mut plain)
            .map_err(impossible)?;
        sealed.append(&mut plain);
        Ok(sealed)
    }

    /// `None` for another key, and for what was changed.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (&version, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = sealed.to_vec();
        let plain = self
            .0
            .open_in_place(nonce, Aad::from([version]), &mut bytes);
        let length = plain.ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(byte: u8) -> Seal {
        Seal::new(&Secret::new(STANDARD.encode([byte; 32]))).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_with_its_key_alone() {
        let sealed = seal(1).close(b"{}".to_vec()).unwrap();
        assert!(Seal::is_sealed(&sealed) && !Seal::is_sealed(b"{}"));
        assert_eq!(seal(1).open(&sealed).as_deref(), Some(&b"{}"[..]));
        assert_eq!(seal(2).open(&sealed), None);
        // Never the same twice.
        assert_ne!(sealed, seal(1).close(b"{}".to_vec()).unwrap());
    }

    #[test]
    fn nothing_of_it_can_be_changed_or_left_out() {
        let sealed = seal(1).close(b"{\"a\":1}".to_vec()).unwrap();
        for at in 0..sealed.len() {
            let mut other = sealed.clone();
            other[at] ^= 1;
            assert_eq!(seal(1).open(&other), None, "byte {at}");
            assert_eq!(seal(1).open(&sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn a_key_has_32_bytes() {
        for text in [
            "",
            "secret",
            &STANDARD.encode([1; 31]),
            &STANDARD.encode([1; 33]),
        ] {
            let error = Seal::new(&Secret::new(text)).err().unwrap();
            assert_eq!(
                error.message(),
                "state.key: expected 32 random bytes in Base64"
            );
        }
    }
}
