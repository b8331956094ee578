//! The service's answers as they are written, the documented ones word for word.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use wotnot_protocol::Failure;

use crate::profile::{FailureFields, ServiceProfile};

/// Says in plain words why a call was refused; the service itself sends no such header.
pub const REASON_HEADER: &str = "x-emulator-reason";

/// Why a call was refused. The text is for the developer and never holds what the visitor said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unauthorized(String),
    ChannelNotEnabled(String),
    NotCreated(String),
    InvalidRequest(String),
    NotFound,
    MethodNotAllowed,
    UnsupportedMediaType,
    TooLarge,
    RateLimited(Option<String>),
    Unavailable(Option<String>),
    ServerError,
    BadGateway,
}

/// An answer, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct ApiResponse {
    pub status: StatusCode,
    pub body: String,
    content_type: &'static str,
    header: Option<(HeaderName, HeaderValue)>,
    pub reason: Option<String>,
}

const JSON: &str = "application/json";

impl ApiResponse {
    /// 200 with this body.
    pub fn ok(body: &Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// Any status with a JSON body.
    pub fn json(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
            content_type: JSON,
            header: None,
            reason: None,
        }
    }

    pub fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some((name, value)) = self.header {
            headers.insert(name, value);
        }
        let reason = self
            .reason
            .map(|reason| HeaderValue::from_str(&printable(&reason)));
        if let Some(Ok(reason)) = reason {
            headers.insert(REASON_HEADER, reason);
        }
        response
    }
}

/// A header holds no control characters, and clients trip over what is not ASCII.
fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_ascii_graphic() || letter == ' ' {
                letter
            } else {
                '?'
            }
        })
        .collect()
}

impl Refusal {
    /// The answer, as the profile says.
    pub fn answer(self, profile: ServiceProfile) -> ApiResponse {
        let failure = |code: &str, message: &str, status: u16| {
            let mut failure = failure(code, message, status);
            let left_out = match profile.failure_fields {
                FailureFields::All => None,
                FailureFields::NoStatus => Some("status"),
                FailureFields::NoCode => Some("code"),
            };
            if let (Some(object), Some(field)) = (failure.as_object_mut(), left_out) {
                object.remove(field);
            }
            failure
        };
        let (status, body, reason) = match self {
            Refusal::Unauthorized(reason) => (
                StatusCode::UNAUTHORIZED,
                failure(Failure::JWT_SIGNATURE_EXCEPTION, "Invalid JWT token", 401),
                reason,
            ),
            Refusal::ChannelNotEnabled(reason) => (
                StatusCode::BAD_REQUEST,
                failure(
                    Failure::CHANNEL_NOT_ENABLED,
                    "The channel is not enabled in the account",
                    400,
                ),
                reason,
            ),
            Refusal::NotCreated(reason) => (
                StatusCode::BAD_REQUEST,
                failure(
                    Failure::CONVERSATION_CREATION_EXCEPTION,
                    "The conversation was not created, try again after some time",
                    400,
                ),
                reason,
            ),
            Refusal::InvalidRequest(reason) => (
                StatusCode::from_u16(profile.invalid_request_status.into())
                    .unwrap_or(StatusCode::BAD_REQUEST),
                json!({"error": Failure::INVALID_REQUEST}),
                reason,
            ),
            other => return other.undocumented(),
        };
        ApiResponse {
            reason: Some(reason),
            ..ApiResponse::json(status, &body)
        }
    }
}

fn failure(code: &str, message: &str, status: u16) -> Value {
    json!({"ok": false, "error": code, "code": code, "message": message, "status": status})
}

/// Other endpoints of the product answer without `status`; ASSUMED for what no page documents.
fn plain_failure(code: &str, message: &str) -> Value {
    json!({"ok": false, "error": code, "code": code, "message": message})
}

const BAD_GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n";

impl Refusal {
    fn undocumented(self) -> ApiResponse {
        let (status, code, message) = match &self {
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", "No such path"),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "The method is not allowed here",
            ),
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "Content-Type must be application/json",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                "The body is too large",
            ),
            Self::RateLimited(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "TOO_MANY_REQUESTS",
                "Too many requests",
            ),
            Self::Unavailable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "SERVICE_UNAVAILABLE",
                "The service is not available",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL_SERVER_ERROR",
                "Something went wrong",
            ),
        };
        let mut reply = ApiResponse::json(status, &plain_failure(code, message));
        match self {
            Self::BadGateway => {
                reply.status = StatusCode::BAD_GATEWAY;
                reply.content_type = "text/html";
                reply.body = BAD_GATEWAY_PAGE.into();
            }
            Self::RateLimited(Some(after)) | Self::Unavailable(Some(after)) => {
                reply.header = HeaderValue::from_str(&after)
                    .ok()
                    .map(|it| (RETRY_AFTER, it));
            }
            _ => {}
        }
        reply
    }
}
