//! Who gets a token: pages by their origin, apps by their id, and visitors that a site identifies.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use wotnot_core::strict::Fields;

use crate::answers::{Capabilities, Running, Session, VisitorId};
use crate::app::App;
use crate::challenge::Solution;
use crate::clock::now_ms;
use crate::config::{Challenge, Origin, Site, random_token};
use crate::error::{ApiError, ApiResult, ErrorCode, site_off};
use crate::limits::{Asked, Who};
use crate::sites;
use crate::store::{ConversationState, RefreshRow, Rotation, VisitorRow};
use crate::tokens::refresh::{self, GRACE_MS, LIFETIME_MS, Refresh};
use crate::tokens::{ClientKind, LIFETIME_S, identity};

const LONGEST_FACT: usize = 2_048;

/// Where a call comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientOrigin {
    /// The exact origin, or `app:<id>`.
    pub origin: String,
    pub kind: ClientKind,
}

/// Starts a session: `POST /v1/sessions`.
pub(crate) async fn start(
    app: &App,
    address: IpAddr,
    origin: Option<&str>,
    body: Value,
) -> ApiResult<Session> {
    let mut fields = Fields::open("body", body)?;
    let site_name = fields.string("site")?;
    let app_id = fields.string("app")?;
    let identity = fields.string("identity")?;
    let locale = fact(fields.string("locale")?, "locale")?;
    let timezone = fact(fields.string("timezone")?, "timezone")?;
    let (mut url, mut referrer) = (None, None);
    if let Some(mut page) = fields.object("page")? {
        url = fact(page.string("url")?, "page.url")?;
        referrer = fact(page.string("referrer")?, "page.referrer")?;
        page.finish()?;
    }
    let solution = fields.object("challenge")?;
    let solution = solution.map(Solution::read).transpose()?;
    fields.finish()?;
    let (site, place) = place(app, origin, site_name.as_deref(), app_id.as_deref())?;
    if !site.enabled {
        return Err(site_off());
    }
    let mut context = json!({"system": {
        "browserLanguage": locale, "timezone": timezone, "url": url, "referrerUrl": referrer}});
    let identified = identity.is_some();
    let id = match (identity, &site.identity_key) {
        (None, _) => format!("v_{}", random_token(16)?),
        (Some(_), None) => {
            return Err(ApiError::new(
                ErrorCode::IdentityInvalid,
                "this site identifies nobody: it has no identity_key",
            ));
        }
        (Some(token), Some(key)) => {
            let identity = identity::check(&token, key).map_err(|why| {
                ApiError::new(ErrorCode::IdentityInvalid, format!("identity: {why}"))
            })?;
            context["contact"] = json!({"name": identity.name, "email": identity.email});
            identity.visitor_id(key)
        }
    };
    let who = Who {
        site: &site.name,
        visitor: identified.then_some(&id),
        address,
    };
    match app.limiter.take(Asked::Sessions, &site.limits, &who) {
        Err(over) if over.is_of_site() && site.challenge != Challenge::Off => {
            app.challenges.check(&site, solution).await?;
        }
        taken => taken?,
    }
    app.store
        .put_visitor(VisitorRow {
            id: id.clone(),
            site: site.name.clone(),
            revocation: 0,
            context,
            created_ms: now_ms(),
        })
        .await?;
    let refresh = refresh::make(None)?;
    app.store
        .put_refresh(RefreshRow {
            family: refresh.family.clone(),
            hash: refresh.hash,
            visitor: id.clone(),
            site: site.name.clone(),
            origin: place.origin.clone(),
            expires_ms: now_ms() + LIFETIME_MS,
        })
        .await?;
    session(app, &site, &place, &id, &refresh).await
}

/// A fact that the browser gives of itself.
fn fact(value: Option<String>, name: &str) -> ApiResult<Option<String>> {
    match value {
        Some(text) if text.len() > LONGEST_FACT => Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("body.{name}: longer than 2,048 bytes"),
        )),
        other => Ok(other),
    }
}

/// The site, and where the call comes from. A page cannot pass for an app: browsers always say
/// their origin here.
fn place(
    app: &App,
    origin: Option<&str>,
    site: Option<&str>,
    app_id: Option<&str>,
) -> ApiResult<(Arc<Site>, ClientOrigin)> {
    let refused = || {
        ApiError::new(
            ErrorCode::OriginNotAllowed,
            "no site takes pages of this origin or apps of this id; compare `origins` and `app` in the configuration",
        )
    };
    let sites = app.sites();
    let Some(origin) = origin else {
        let id = app_id.ok_or_else(refused)?;
        let site = sites.of_app(id).ok_or_else(refused)?;
        return Ok((
            Arc::clone(site),
            ClientOrigin {
                origin: format!("app:{id}"),
                kind: ClientKind::Native,
            },
        ));
    };
    let origin = Origin::parse(origin).ok_or_else(refused)?;
    let site = match (site, app_id) {
        (Some(name), _) => sites.named(name),
        (None, Some(id)) => sites.of_app(id),
        (None, None) => sites.of_origin(&origin),
    };
    let site = site
        .filter(|site| sites::allows(site, &origin))
        .ok_or_else(refused)?;
    Ok((
        Arc::clone(site),
        ClientOrigin {
            origin: origin.to_string(),
            kind: ClientKind::Web,
        },
    ))
}

/// Goes on with a session: `POST /v1/sessions/refresh`.
pub(crate) async fn refresh(
    app: &App,
    address: IpAddr,
    origin: Option<&str>,
    body: Value,
) -> ApiResult<Session> {
    let mut fields = Fields::open("body", body)?;
    let text = fields.required_string("refresh")?;
    fields.finish()?;
    let expired = || {
        ApiError::new(
            ErrorCode::RefreshExpired,
            "the session is over; start another one",
        )
    };
    let (family, hash) = refresh::read(&text).ok_or_else(expired)?;
    // Which site it is comes out only when the token is used up.
    let who = Who {
        site: "",
        visitor: None,
        address,
    };
    app.limiter.check(Asked::Sessions, &app.limits(), &who)?;
    let next = refresh::make(Some(family))?;
    let now = now_ms();
    let rotated = app
        .store
        .rotate_refresh(family, hash, next.hash, now, now + LIFETIME_MS, GRACE_MS)
        .await?;
    let row = match rotated {
        Rotation::Rotated(row) => row,
        Rotation::Expired => return Err(expired()),
        Rotation::Reused => {
            return Err(ApiError::new(
                ErrorCode::RefreshReused,
                "this token was used before; the session ended, start another one",
            ));
        }
    };
    let site = app.sites().named(&row.site).cloned().ok_or_else(expired)?;
    let place = ClientOrigin {
        kind: if row.origin.starts_with("app:") {
            ClientKind::Native
        } else {
            ClientKind::Web
        },
        origin: row.origin,
    };
    if !is_from(&place, &site, origin, true) {
        return Err(ApiError::new(
            ErrorCode::OriginNotAllowed,
            "the session belongs to another origin",
        ));
    }
    if !site.enabled {
        return Err(site_off());
    }
    session(app, &site, &place, &row.visitor, &next).await
}

/// Whether a call with this `Origin` may speak for `place`. What changes something must say its
/// origin; browsers leave it out of what they only get from their own host.
pub(crate) fn is_from(
    place: &ClientOrigin,
    site: &Site,
    origin: Option<&str>,
    changes: bool,
) -> bool {
    match (place.kind, origin) {
        (ClientKind::Native, None) => site.app.as_deref() == place.origin.strip_prefix("app:"),
        (ClientKind::Native, Some(_)) => false,
        (ClientKind::Web, None) => !changes,
        (ClientKind::Web, Some(origin)) => Origin::parse(origin).is_some_and(|origin| {
            origin.to_string() == place.origin && sites::allows(site, &origin)
        }),
    }
}

async fn session(
    app: &App,
    site: &Site,
    place: &ClientOrigin,
    visitor: &str,
    refresh: &Refresh,
) -> ApiResult<Session> {
    let revocation = app.revocation_of(visitor);
    let token = app
        .tokens
        .mint(&site.name, visitor, &place.origin, place.kind, revocation)
        .ok_or_else(|| ApiError::new(ErrorCode::Internal, "there is no key to sign with"))?;
    let latest = app.store.latest_of(visitor, &site.name).await?;
    let conversation = latest
        .filter(|row| row.state != ConversationState::Ended)
        .map(|row| {
            let epoch = format!("{}{}", app.store.incarnation(), row.nonce);
            Running {
                cursor: format!("{epoch}.{}", row.head),
                id: row.id,
            }
        });
    Ok(Session {
        token,
        expires_in: LIFETIME_S,
        refresh: refresh.text.clone(),
        visitor: VisitorId {
            id: visitor.to_owned(),
        },
        conversation,
        capabilities: Capabilities {
            greeting: site.greeting.is_some(),
            files: app.files.are_taken(),
        },
    })
}
