//! Conversations: start one, say something in it, decide on a message in doubt, look at it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use wotnot_core::strict::Fields;

use super::caller::Caller;
use super::extract::{Path, Query};
use super::{address, attachment, json_response, read_json};
use crate::answers::{Own, Resolved};
use crate::app::App;
use crate::conversation::post::Post;
use crate::conversation::start::{self, Begun};
use crate::conversation::{snapshot, talk, transcript};
use crate::error::{ApiError, ApiResult, ErrorCode};
use crate::limits::Asked;
use crate::outbox::{self, Resolve};

pub(super) async fn start(
    State(app): State<Arc<App>>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let address = address(&app, &request);
    let body = read_json(request).await?;
    let (limits, who) = (&caller.site.limits, caller.who(address));
    app.limiter.check(Asked::Starts, limits, &who)?;
    let begun = start::start(&app, &caller.site, &caller.claims.sub, body).await?;
    Ok(match begun {
        Begun::New(body) => json_response(StatusCode::ACCEPTED, &body),
        Begun::Repeated(body) => json_response(StatusCode::OK, &body),
    })
}

pub(super) async fn say(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let conversation = caller.conversation(&app, &id).await?;
    let address = address(&app, &request);
    let body = read_json(request).await?;
    let (limits, who) = (&caller.site.limits, caller.who(address));
    app.limiter.check(Asked::Messages, limits, &who)?;
    let post = Post::read(body)?;
    let begun = talk::say(&app, &conversation, post).await?;
    Ok(match begun {
        Begun::New(body) => json_response(StatusCode::ACCEPTED, &body),
        Begun::Repeated(body) => json_response(StatusCode::OK, &body),
    })
}

pub(super) async fn resolve(
    State(app): State<Arc<App>>,
    Path((id, client_id)): Path<(String, String)>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let conversation = caller.conversation(&app, &id).await?;
    let address = address(&app, &request);
    let body = read_json(request).await?;
    let (limits, who) = (&caller.site.limits, caller.who(address));
    app.limiter.check(Asked::Messages, limits, &who)?;
    let mut fields = Fields::open("body", body)?;
    let action = fields.required_string("action")?;
    fields.finish()?;
    let wanted = match action.as_str() {
        "resend" => Resolve::Resend,
        "discard" => Resolve::Discard,
        _ => {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                "body.action: expected \"resend\" or \"discard\"",
            ));
        }
    };
    let (seq, state) = outbox::resolve(&app, &conversation, &client_id, wanted).await?;
    let body = Resolved {
        message: Own {
            client_id,
            seq,
            state: state.public_name(),
        },
    };
    Ok(json_response(StatusCode::ACCEPTED, &body))
}

/// In which form a transcript is wanted.
#[derive(Clone, Copy, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Txt,
    Html,
}

/// A transcript as a file.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct TranscriptQuery {
    /// `json` when left out.
    #[serde(default)]
    format: Format,
}

pub(super) async fn transcript(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(wanted): Query<TranscriptQuery>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let conversation = caller.conversation(&app, &id).await?;
    let transcript = transcript::take(&app, &conversation).await?;
    let (kind, extension, body) = match wanted.format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&transcript).unwrap_or_default();
            ("application/json", "json", text)
        }
        Format::Txt => ("text/plain; charset=utf-8", "txt", transcript.text()),
        Format::Html => ("text/html; charset=utf-8", "html", transcript.html()),
    };
    let name = format!("conversation.{extension}");
    Ok(attachment(kind, &name, Body::from(body)))
}

/// What a snapshot holds.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Messages before this entry.
    before: Option<u64>,
    /// So many at most: 50 when left out, 200 at most.
    limit: Option<usize>,
}

pub(super) async fn snapshot(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let conversation = caller.conversation(&app, &id).await?;
    let limit = page.limit.unwrap_or(50).clamp(1, 200);
    let body = snapshot::take(&app, &conversation, page.before, limit).await?;
    Ok(json_response(StatusCode::OK, &body))
}
