//! What a site signs of its user: `{sub, name?, email?, exp}`, HS256 with the site's identity key.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use ring::hmac;
use serde::Deserialize;

use super::LEEWAY_S;
use crate::clock::now_ms;
use crate::config::Hidden;
use crate::config::secrets::hex;

/// The longest time that an identity may be good.
const LONGEST_S: u64 = 300;
const LONGEST_SUBJECT: usize = 256;

/// Who the site says that the visitor is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Identity {
    sub: String,
    pub name: Option<String>,
    pub email: Option<String>,
    exp: u64,
}

/// Reads a signed identity; says what is wrong with it.
pub(crate) fn check(token: &str, key: &Hidden) -> Result<Identity, &'static str> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = LEEWAY_S;
    validation.set_required_spec_claims(&["exp", "sub"]);
    // Who it is meant for is said by the key: each site has its own.
    validation.validate_aud = false;
    let key = DecodingKey::from_secret(key.expose().as_bytes());
    let identity = jsonwebtoken::decode::<Identity>(token, &key, &validation)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::ExpiredSignature => "its time is over",
            _ => "it is not signed with the site's identity key, or lacks `sub` or `exp`",
        })?
        .claims;
    if identity.exp > now_ms() / 1_000 + LONGEST_S + LEEWAY_S {
        return Err("it is good for longer than five minutes");
    }
    if identity.sub.is_empty() || identity.sub.len() > LONGEST_SUBJECT {
        return Err("`sub` must have 1 to 256 bytes");
    }
    Ok(identity)
}

impl Identity {
    /// The visitor's id: the same for the same user of the site, and does not reveal who it is.
    pub fn visitor_id(&self, key: &Hidden) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose().as_bytes());
        let digest = hmac::sign(&key, self.sub.as_bytes());
        format!("u_{}", hex(&digest.as_ref()[..16]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::{Value, json};

    fn signed(claims: Value) -> String {
        super::super::hmac::install();
        let key = EncodingKey::from_secret("k".repeat(32).as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
    }

    #[test]
    fn an_identity_is_good_for_five_minutes_at_most() {
        let key = Hidden::new("k".repeat(32));
        let now = now_ms() / 1_000;
        let good = check(&signed(json!({"sub": "7", "exp": now + 300})), &key).unwrap();
        let again = check(
            &signed(json!({"sub": "7", "exp": now + 60, "name": "A"})),
            &key,
        );
        assert_eq!(good.visitor_id(&key), again.unwrap().visitor_id(&key));
        assert_ne!(
            good.visitor_id(&key),
            good.visitor_id(&Hidden::new("j".repeat(32)))
        );
        for claims in [
            json!({"sub": "7", "exp": now + 3_600}),
            json!({"sub": "7", "exp": now - 3_600}),
            json!({"sub": "7"}),
            json!({"sub": "", "exp": now + 60}),
            json!({"exp": now + 60}),
        ] {
            assert!(check(&signed(claims.clone()), &key).is_err(), "{claims}");
        }
        let other = check(
            &signed(json!({"sub": "7", "exp": now + 60})),
            &Hidden::new("j".repeat(32)),
        );
        assert!(other.is_err());
    }
}
