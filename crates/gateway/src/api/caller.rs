//! Who calls: the token, checked against the call's origin, its site, and what was taken back.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, Method};

use super::header;
use crate::app::App;
use crate::config::Site;
use crate::conversation::Conversation;
use crate::error::{ApiError, ApiResult, ErrorCode, site_off};
use crate::limits::Who;
use crate::sessions::{ClientOrigin, is_from};
use crate::tokens::{Claims, TokenError};

/// A visitor whose token counts for this call.
pub(super) struct Caller {
    pub claims: Claims,
    pub site: Arc<Site>,
}

impl Caller {
    pub fn of(app: &App, method: &Method, headers: &HeaderMap) -> ApiResult<Self> {
        let unauthorized = |message| ApiError::new(ErrorCode::Unauthorized, message);
        let token = header(headers, "authorization")
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| unauthorized("`Authorization: Bearer <token>` is missing"))?;
        let claims = app.tokens.check(token).map_err(|error| match error {
            TokenError::Invalid => unauthorized("the token does not count here; start a session"),
            TokenError::Expired => ApiError::new(
                ErrorCode::TokenExpired,
                "the token's time is over; refresh the session",
            ),
        })?;
        if claims.rev != app.revocation_of(&claims.sub) {
            return Err(ApiError::new(
                ErrorCode::TokenRevoked,
                "the visitor's tokens were taken back; start a session",
            ));
        }
        let site = app
            .sites()
            .named(&claims.site)
            .cloned()
            .ok_or_else(|| unauthorized("the token's site is not there any more"))?;
        let place = ClientOrigin {
            origin: claims.origin.clone(),
            kind: claims.kind,
        };
        let changes = !matches!(*method, Method::GET | Method::HEAD);
        if !is_from(&place, &site, header(headers, "origin"), changes) {
            return Err(ApiError::new(
                ErrorCode::OriginNotAllowed,
                "the token belongs to another origin, or the call does not say its own",
            ));
        }
        // Who wants to be forgotten can be at any time.
        if !site.enabled && *method != Method::DELETE {
            return Err(site_off());
        }
        Ok(Self { claims, site })
    }

    /// Whose limits count, when they call from this address.
    pub fn who(&self, address: IpAddr) -> Who<'_> {
        Who {
            site: &self.site.name,
            visitor: Some(&self.claims.sub),
            address,
        }
    }

    /// The conversation with this id, if it is the caller's own.
    pub async fn conversation(&self, app: &App, id: &str) -> ApiResult<Arc<Conversation>> {
        app.conversations
            .get(id)
            .await?
            .filter(|it| it.visitor == self.claims.sub && it.site == self.claims.site)
            .ok_or_else(ApiError::not_found)
    }
}
