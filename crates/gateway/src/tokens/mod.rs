//! Visitors' tokens, the signed identities of sites, and refresh tokens. Who gets one is `sessions`'.

mod hmac;
pub(crate) mod identity;
pub(crate) mod keys;
pub(crate) mod refresh;

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::clock::now_ms;
use crate::config::TokenKey;

/// How long a token is good.
pub const LIFETIME_S: u64 = 900;
/// How wrong clocks may be.
pub const LEEWAY_S: u64 = 60;
/// The `typ` of visitors' tokens: no other JWT passes for one.
const TYPE: &str = "wotnot-visitor+jwt";

/// What a visitor's token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The site's name.
    pub site: String,
    /// The visitor's id.
    pub sub: String,
    /// The exact origin, or `app:<id>`.
    pub origin: String,
    /// What it was made for.
    pub kind: ClientKind,
    /// The visitor's revocation number when it was made.
    pub rev: u64,
    pub iat: u64,
    pub exp: u64,
}

/// What holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientKind {
    /// A page: it must say its origin.
    Web,
    /// An app or a kiosk.
    Native,
}

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It is none of ours, or was changed.
    Invalid,
    /// Its time is over.
    Expired,
}

fn ready(keys: &[TokenKey]) -> Keys {
    keys.iter()
        .map(|key| {
            let secret = key.key.expose().as_bytes();
            (
                key.id.clone(),
                EncodingKey::from_secret(secret),
                DecodingKey::from_secret(secret),
            )
        })
        .collect()
}

/// Signs and checks visitors' tokens.
pub(crate) struct VisitorTokens {
    keys: RwLock<Keys>,
    validation: Validation,
}

/// The first one signs.
type Keys = Vec<(String, EncodingKey, DecodingKey)>;

impl VisitorTokens {
    pub fn new(keys: &[TokenKey]) -> Self {
        hmac::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY_S;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Self {
            keys: RwLock::new(ready(keys)),
            validation,
        }
    }

    /// Takes these keys from now on; tokens of the others no longer count.
    pub fn set_keys(&self, keys: &[TokenKey]) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = ready(keys);
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token, and the time when it ends in seconds since 1970.
    pub fn mint(
        &self,
        site: &str,
        visitor: &str,
        origin: &str,
        kind: ClientKind,
        rev: u64,
    ) -> Option<String> {
        let keys = self.keys();
        let (id, key, _) = keys.first()?;
        let iat = now_ms() / 1_000;
        let claims = Claims {
            site: site.into(),
            sub: visitor.into(),
            origin: origin.into(),
            kind,
            rev,
            iat,
            exp: iat + LIFETIME_S,
        };
        let header = Header {
            typ: Some(TYPE.into()),
            kid: Some(id.clone()),
            ..Header::new(Algorithm::HS256)
        };
        jsonwebtoken::encode(&header, &claims, key).ok()
    }

    /// What the token says, if it is ours and its time is not over.
    pub fn check(&self, token: &str) -> Result<Claims, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        if header.alg != Algorithm::HS256 || header.typ.as_deref() != Some(TYPE) {
            return Err(TokenError::Invalid);
        }
        let keys = self.keys();
        let key = keys
            .iter()
            .find(|(id, ..)| Some(id) == header.kid.as_ref())
            .map(|(_, _, key)| key)
            .ok_or(TokenError::Invalid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation)
            .map_err(|error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::ExpiredSignature => TokenError::Expired,
                _ => TokenError::Invalid,
            })?
            .claims;
        // Made in the future, or for longer than we make them: none of ours.
        let now = now_ms() / 1_000;
        if claims.iat > now + LEEWAY_S || claims.exp != claims.iat + LIFETIME_S {
            return Err(TokenError::Invalid);
        }
        Ok(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Hidden;

    fn key(id: &str, byte: char) -> TokenKey {
        TokenKey {
            id: id.into(),
            key: Hidden::new(byte.to_string().repeat(40)),
        }
    }

    fn mint(tokens: &VisitorTokens) -> String {
        tokens
            .mint("shop", "v_1", "https://a.example", ClientKind::Web, 3)
            .unwrap()
    }

    fn forged(header: &Header, claims: &Claims, byte: char) -> String {
        let key = EncodingKey::from_secret(byte.to_string().repeat(40).as_bytes());
        jsonwebtoken::encode(header, claims, &key).unwrap()
    }

    #[test]
    fn a_token_says_what_it_was_made_for() {
        let tokens = VisitorTokens::new(&[key("k1", 'a')]);
        let claims = tokens.check(&mint(&tokens)).unwrap();
        assert_eq!((claims.site.as_str(), claims.sub.as_str()), ("shop", "v_1"));
        assert_eq!((claims.kind, claims.rev), (ClientKind::Web, 3));
    }

    #[test]
    fn two_keys_live_at_once_while_one_takes_over() {
        let old = VisitorTokens::new(&[key("k1", 'a')]);
        let both = VisitorTokens::new(&[key("k2", 'b'), key("k1", 'a')]);
        let new = VisitorTokens::new(&[key("k2", 'b')]);
        assert!(both.check(&mint(&old)).is_ok());
        assert!(new.check(&mint(&both)).is_ok());
        assert_eq!(new.check(&mint(&old)), Err(TokenError::Invalid));
    }

    #[test]
    fn what_is_forged_or_old_does_not_count() {
        let tokens = VisitorTokens::new(&[key("k1", 'a')]);
        let good = tokens.check(&mint(&tokens)).unwrap();
        let header = Header {
            typ: Some(TYPE.into()),
            kid: Some("k1".into()),
            ..Header::new(Algorithm::HS256)
        };
        assert!(tokens.check(&forged(&header, &good, 'a')).is_ok());
        let shifted = |by: i64| Claims {
            iat: good.iat.saturating_add_signed(by),
            exp: good.exp.saturating_add_signed(by),
            ..good.clone()
        };
        let long = Claims {
            exp: good.exp + 1,
            ..good.clone()
        };
        let other = |change: fn(&mut Header)| {
            let mut header = header.clone();
            change(&mut header);
            header
        };
        let cases = [
            (forged(&header, &good, 'b'), TokenError::Invalid),
            (forged(&header, &shifted(-2_000), 'a'), TokenError::Expired),
            (forged(&header, &shifted(2_000), 'a'), TokenError::Invalid),
            (forged(&header, &long, 'a'), TokenError::Invalid),
            (
                forged(&other(|header| header.typ = Some("JWT".into())), &good, 'a'),
                TokenError::Invalid,
            ),
            (
                forged(&other(|header| header.kid = Some("k9".into())), &good, 'a'),
                TokenError::Invalid,
            ),
            (
                forged(&other(|header| header.kid = None), &good, 'a'),
                TokenError::Invalid,
            ),
            // {"alg":"none","typ":"wotnot-visitor+jwt","kid":"k1"}
            (
                "eyJhbGciOiJub25lIiwidHlwIjoid290bm90LXZpc2l0b3Irand0Iiwia2lkIjoiazEifQ.e30."
                    .into(),
                TokenError::Invalid,
            ),
            (String::new(), TokenError::Invalid),
            ("a.b.c".into(), TokenError::Invalid),
        ];
        for (token, expected) in cases {
            assert_eq!(tokens.check(&token), Err(expected), "{token}");
        }
    }
}
