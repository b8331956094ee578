//! Signed links to files: who has one may fetch that file until its time is over, and nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

pub(super) struct Links {
    key: hmac::Key,
    url: String,
}

impl Links {
    pub fn new(secret: &str, url: String) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let key = hmac::sign(&secret, b"links to files");
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()),
            url: url.trim_end_matches('/').to_owned(),
        }
    }

    /// A link that counts until this time, in seconds since 1970.
    pub fn make(&self, id: &str, until: u64) -> String {
        let signature = hmac::sign(&self.key, signed(id, until).as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature);
        format!(
            "{}/files/{id}?until={until}&signature={signature}",
            self.url
        )
    }

    /// Whether the link is one of ours, in constant time.
    pub fn check(&self, id: &str, until: u64, signature: &str) -> bool {
        URL_SAFE_NO_PAD.decode(signature).is_ok_and(|signature| {
            hmac::verify(&self.key, signed(id, until).as_bytes(), &signature).is_ok()
        })
    }
}

fn signed(id: &str, until: u64) -> String {
    format!("{id}\n{until}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_counts_for_its_file_and_time_alone() {
        let links = Links::new("secret", "https://files.example.com/".into());
        let link = links.make("f_1", 1_000);
        let (head, signature) = link.split_once("&signature=").unwrap();
        assert_eq!(head, "https://files.example.com/files/f_1?until=1000");
        assert!(links.check("f_1", 1_000, signature));
        for (id, until, signature) in [
            ("f_2", 1_000, signature),
            ("f_1", 1_001, signature),
            ("f_1", 1_000, ""),
            ("f_1", 1_000, "AAAA"),
            ("f_1", 1_000, "no base64!"),
        ] {
            assert!(
                !links.check(id, until, signature),
                "{id} {until} {signature}"
            );
        }
        let other = Links::new("another", String::new());
        assert!(!other.check("f_1", 1_000, signature));
    }
}
