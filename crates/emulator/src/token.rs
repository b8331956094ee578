//! The account's token: a JWT signed with HS256. Not for any other algorithm, and not for keys of others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What a token says. The vendor's real claims are not public; these are the emulator's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account, which also ends every visitor key.
    pub account_id: u64,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// From when it holds, in seconds since 1970; absent means at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// When it ends, in seconds since 1970; absent means never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
}

/// Why a token was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of base64url holding JSON.
    #[error("the token is not a JWT")]
    Malformed,
    /// `alg` is not HS256; `none` is refused like any other.
    #[error("the token is not signed with HS256")]
    Algorithm,
    /// Made with another secret, or changed since.
    #[error("the token's signature does not fit")]
    Signature,
    /// It has no `iat`, which the emulator's own tokens all have.
    #[error("the token has no `iat`: the time when it was made, in seconds since 1970")]
    NoIssueTime,
    /// Its `nbf` lies ahead.
    #[error("the token does not hold yet: its `nbf` lies ahead")]
    NotYetValid,
    /// Its `exp` has passed.
    #[error("the token has expired")]
    Expired,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Signs `claims` with `secret`.
pub fn sign(claims: &Claims, secret: &[u8]) -> String {
    let body = serde_json::json!(claims).to_string();
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(HEADER),
        URL_SAFE_NO_PAD.encode(body)
    );
    let signature = URL_SAFE_NO_PAD.encode(mac(secret, &message).finalize().into_bytes());
    format!("{message}.{signature}")
}

/// Reads a token that must have been signed with `secret` and be valid at `now` (seconds since 1970).
///
/// # Errors
/// A [`TokenError`] that never holds any part of the token.
pub fn verify(token: &str, secret: &[u8], now: i64) -> Result<Claims, TokenError> {
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, body) = message.split_once('.').ok_or(TokenError::Malformed)?;
    let header: Header = part(header)?;
    if header.alg != "HS256" {
        return Err(TokenError::Algorithm);
    }
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| TokenError::Malformed)?;
    mac(secret, message)
        .verify_slice(&signature)
        .map_err(|_| TokenError::Signature)?;
    let claims = claims(body)?;
    match (claims.nbf, claims.exp) {
        (_, Some(end)) if end <= now => Err(TokenError::Expired),
        (Some(begin), _) if begin > now => Err(TokenError::NotYetValid),
        _ => Ok(claims),
    }
}

/// Reads the claims without any check of the signature: for showing, never for trusting.
///
/// # Errors
/// [`TokenError::Malformed`] or [`TokenError::NoIssueTime`] when it is not a JWT of the emulator.
pub fn read_unverified(token: &str) -> Result<Claims, TokenError> {
    let mut parts = token.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(body), Some(_), None) => claims(body),
        _ => Err(TokenError::Malformed),
    }
}

fn claims(text: &str) -> Result<Claims, TokenError> {
    let claims: serde_json::Value = part(text)?;
    if claims.is_object() && claims.get("iat").is_none() {
        return Err(TokenError::NoIssueTime);
    }
    serde_json::from_value(claims).map_err(|_| TokenError::Malformed)
}

fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

fn mac(secret: &[u8], message: &str) -> Hmac<Sha256> {
    let mut mac = keyed(secret);
    mac.update(message.as_bytes());
    mac
}

/// A key longer than a block is hashed first, as HMAC itself would do; so no length can fail.
fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    let mut block = [0_u8; 64];
    if let Some(start) = block.get_mut(..secret.len()) {
        start.copy_from_slice(secret);
    } else {
        use sha2::Digest;
        block[..32].copy_from_slice(&Sha256::digest(secret));
    }
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: Claims = Claims {
        account_id: 777,
        iat: 1_000,
        nbf: None,
        exp: Some(2_000),
    };

    #[test]
    fn a_token_is_read_back_until_it_ends() {
        let token = sign(&CLAIMS, b"secret");
        assert_eq!(verify(&token, b"secret", 1_999), Ok(CLAIMS));
        assert_eq!(verify(&token, b"secret", 2_000), Err(TokenError::Expired));
        assert_eq!(read_unverified(&token), Ok(CLAIMS));
    }

    #[test]
    fn a_token_holds_from_its_nbf_on() {
        let claims = Claims {
            nbf: Some(1_500),
            ..CLAIMS
        };
        let token = sign(&claims, b"secret");
        let verified = |now| verify(&token, b"secret", now);
        assert_eq!(verified(1_499), Err(TokenError::NotYetValid));
        assert_eq!(verified(1_500), Ok(claims));
        assert_eq!(verified(2_000), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_without_iat_has_a_reason_of_its_own() {
        let body = URL_SAFE_NO_PAD.encode(r#"{"account_id":777}"#);
        let message = format!("{}.{body}", URL_SAFE_NO_PAD.encode(HEADER));
        let signature = URL_SAFE_NO_PAD.encode(mac(b"secret", &message).finalize().into_bytes());
        let token = format!("{message}.{signature}");
        assert_eq!(verify(&token, b"secret", 0), Err(TokenError::NoIssueTime));
        assert_eq!(read_unverified(&token), Err(TokenError::NoIssueTime));
    }

    #[test]
    fn another_secret_or_another_algorithm_is_refused() {
        let token = sign(&CLAIMS, b"secret");
        assert_eq!(verify(&token, b"Secret", 0), Err(TokenError::Signature));
        let none = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
            token.split('.').nth(1).unwrap()
        );
        assert_eq!(verify(&none, b"secret", 0), Err(TokenError::Algorithm));
        for rubbish in ["", ".", "..", "a.b", "a.b.c", "ä.ö.ü"] {
            assert_eq!(verify(rubbish, b"secret", 0), Err(TokenError::Malformed));
        }
    }

    #[test]
    fn a_token_of_another_implementation_is_read() {
        // Made with PyJWT: jwt.encode({"account_id": 777, "iat": 1000}, "k" * 70, "HS256")
        let secret = "k".repeat(70);
        let token = sign(
            &Claims {
                exp: None,
                ..CLAIMS
            },
            secret.as_bytes(),
        );
        assert_eq!(
            verify(&token, secret.as_bytes(), 0).unwrap().account_id,
            777
        );
    }
}
