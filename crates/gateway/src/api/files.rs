//! Files: `POST /v1/files`, then `PUT` or `PATCH`, then `…/complete`; and `GET /files/{f}` for those who
//! have a link.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use futures_util::StreamExt;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use serde::Deserialize;
use wotnot_core::strict::Fields;

use super::caller::Caller;
use super::extract::{Path, Query};
use super::{address, attachment, header, json_response, read_json};
use crate::answers::{Completed, FileAnswer, FileInfo, Upload, UploadTarget};
use crate::app::App;
use crate::error::{ApiError, ApiResult, ErrorCode};
use crate::files::UploadRequest;
use crate::limits::Asked;
use crate::store::FileRow;

const LONGEST_FACT: usize = 1_000;
/// Of a body that is refused so many bytes are read in any case.
const SHORT_BODY: u64 = 1_000_000;

pub(super) async fn begin(
    State(app): State<Arc<App>>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let address = address(&app, &request);
    let body = read_json(request).await?;
    let wanted = read_wanted(body)?;
    let (limits, who) = (&caller.site.limits, caller.who(address));
    app.limiter.check(Asked::Uploads, limits, &who)?;
    let (visitor, site) = (&caller.claims.sub, &caller.site.name);
    let row = app.files.begin(visitor, site, wanted).await?;
    let body = UploadTarget {
        upload: Upload {
            url: format!("/v1/files/{}", row.id),
        },
        file: info(&app, row, 0)?,
    };
    Ok(json_response(StatusCode::CREATED, &body))
}

fn read_wanted(body: serde_json::Value) -> ApiResult<UploadRequest> {
    let mut fields = Fields::open("body", body)?;
    let name = fields.required_string("name")?;
    let media_type = fields.required_string("type")?;
    let size = fields
        .number("size", 1, u64::MAX >> 1)?
        .ok_or_else(|| fields.missing("size", "a number of bytes"))?;
    fields.finish()?;
    for (field, text) in [("name", &name), ("type", &media_type)] {
        if text.len() > LONGEST_FACT {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                format!("body.{field}: longer than 1,000 bytes"),
            ));
        }
    }
    Ok(UploadRequest {
        name,
        // Without parameters such as `charset`.
        media_type: media_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase(),
        size,
    })
}

/// `PUT` writes the whole file, `PATCH` goes on at `Upload-Offset`.
pub(super) async fn write(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let row = app.files.own(&caller.claims.sub, &id).await?;
    let offset = match *request.method() {
        Method::PATCH => Some(offset_of(&request)?),
        _ => None,
    };
    let mut body = request.into_body();
    let written = app.files.write(&row, offset, &mut body).await;
    if written.is_err() {
        // Who still writes does not read the refusal.
        drain(&mut body, row.size.max(SHORT_BODY)).await;
    }
    answer(&app, row, written?)
}

/// Reads on to the end of a body, but no more than so many bytes.
async fn drain(body: &mut Body, mut most: u64) {
    while most > 0
        && let Some(Ok(frame)) = body.frame().await
    {
        let length = frame.data_ref().map_or(1, |bytes| bytes.len().max(1));
        most = most.saturating_sub(length as u64);
    }
}

fn offset_of(request: &Request) -> ApiResult<u64> {
    header(request.headers(), "upload-offset")
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| {
            ApiError::new(
                ErrorCode::InvalidRequest,
                "Upload-Offset: expected how many bytes of the file are there",
            )
        })
}

/// How far an upload is.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let row = app.files.own(&caller.claims.sub, &id).await?;
    let there = app.files.offset(&row).await?;
    answer(&app, row, there)
}

pub(super) async fn complete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let row = app.files.own(&caller.claims.sub, &id).await?;
    let row = app.files.complete(row).await?;
    let size = row.size;
    let body = Completed {
        ready: row.ready,
        file: info(&app, row, size)?,
    };
    Ok(json_response(StatusCode::OK, &body))
}

fn answer(app: &App, row: FileRow, there: u64) -> ApiResult<Response<Body>> {
    let body = FileAnswer {
        file: info(app, row, there)?,
    };
    let mut response = json_response(StatusCode::OK, &body);
    let headers = response.headers_mut();
    headers.insert("upload-offset", HeaderValue::from(there));
    Ok(response)
}

fn info(app: &App, row: FileRow, offset: u64) -> ApiResult<FileInfo> {
    Ok(FileInfo {
        url: if row.ready {
            Some(app.files.link(&row)?)
        } else {
            None
        },
        id: row.id,
        name: row.name,
        media_type: row.media_type,
        size: row.size,
        offset,
        ready: row.ready,
    })
}

/// What a link says besides the file.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    /// Until when it counts, in seconds since 1970.
    until: u64,
    /// That the gateway made it.
    signature: String,
}

/// For those who have a link: the vendor, and the visitor's page.
pub(super) async fn fetch(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(link): Query<Link>,
) -> ApiResult<Response<Body>> {
    let row = app.files.linked(&id, link.until, &link.signature).await?;
    let chunks = app.files.stream(row.clone()).await?;
    let body = Body::new(StreamBody::new(chunks.map(|chunk| chunk.map(Frame::data))));
    let mut response = attachment(&row.media_type, &row.name, body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(row.size));
    Ok(response)
}
