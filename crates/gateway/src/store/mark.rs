//! What is left of what was erased: marks under a key, which say nothing to those who do not know what
//! they look for.

use std::fmt;

use ring::hmac;

/// Stands for a conversation of the vendor's, or for a visitor of the vendor's.
pub type Mark = [u8; 32];

/// Makes marks.
#[derive(Clone)]
pub struct MarkKey(hmac::Key);

impl MarkKey {
    /// Of these secret bytes.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Of a conversation whose id at the vendor is known.
    pub fn conversation(&self, account: &str, vendor_id: &str) -> Mark {
        self.mark("conversation", account, vendor_id)
    }

    /// Of a visitor whose start was sent, and whose conversation the vendor has not named yet.
    pub fn visitor(&self, account: &str, vendor_visitor: &str) -> Mark {
        self.mark("visitor", account, vendor_visitor)
    }

    fn mark(&self, kind: &str, account: &str, id: &str) -> Mark {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [kind, account, id] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut mark = Mark::default();
        mark.copy_from_slice(context.sign().as_ref());
        mark
    }
}

impl fmt::Debug for MarkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MarkKey")
    }
}
