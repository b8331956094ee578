//! The HTTP hop: is what answers the API, and does it take the token? One request, and no message in it.

use std::io::{self, Read, Write};

use http::Uri;
use serde_json::Value;

use super::Hop;

const START_PATH: &str = "/api/v1/conversations";
/// As much of an answer as is looked at.
const MOST: u64 = 64 * 1024;

/// A connection, with TLS or without.
pub trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// What was answered.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Location`, of a redirection.
    location: Option<String>,
    /// `Content-Type`.
    kind: String,
    /// The body, or its beginning.
    pub body: Vec<u8>,
}

/// Posts an empty object to where conversations are started: it holds no message, so nothing can come of it.
pub fn check(stream: Box<dyn Stream>, base: &Uri, token: Option<&str>) -> Hop {
    let target = format!("{}{START_PATH}", base.to_string().trim_end_matches('/'));
    let authority = base.authority().map(|it| it.as_str()).unwrap_or_default();
    let path = format!("{}{START_PATH}", base.path().trim_end_matches('/'));
    let authorization = match token {
        Some(token) => format!("Authorization: Bearer {token}\r\n"),
        None => String::new(),
    };
    match post(stream, authority, &path, &authorization, "{}") {
        Ok(answer) => judge(&target, &answer, token.is_some()),
        Err(error) => Hop::failed(
            "api",
            &target,
            format!("no whole HTTP answer came: {error}"),
            "what listens there may be no web server, or something between cuts the answer off",
        ),
    }
}

/// One POST, and the answer to it; the connection ends with it.
///
/// # Errors
/// The connection broke, or the answer is not HTTP.
pub fn post(
    mut stream: Box<dyn Stream>,
    authority: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> io::Result<Answer> {
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\nUser-Agent: wotnot-doctor/{}\r\n\r\n{body}",
        wotnot_core::VERSION
    );
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut bytes = Vec::new();
    // A server may close without a farewell once the answer is whole.
    let read = stream.take(MOST).read_to_end(&mut bytes);
    match parse(&bytes) {
        Some(answer) => Ok(answer),
        None => match read {
            Err(error) => Err(error),
            Ok(0) => Err(io::Error::other(
                "the connection was closed without an answer",
            )),
            Ok(_) => Err(io::Error::other("what came is not HTTP")),
        },
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(bytes).ok()? else {
        return None;
    };
    let header = |name: &str| {
        let found = head
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| String::from_utf8_lossy(header.value).into_owned())
    };
    Some(Answer {
        status: head.code?,
        location: header("location"),
        kind: header("content-type").unwrap_or_default(),
        body: bytes.get(length..).unwrap_or_default().to_vec(),
    })
}

fn judge(target: &str, answer: &Answer, with_token: bool) -> Hop {
    let status = answer.status;
    let failed = |detail: String, advice: &str| Hop::failed("api", target, detail, advice);
    if let (300..=399, Some(location)) = (status, &answer.location) {
        return failed(
            format!("{status}, which leads to {location}"),
            "redirections are not followed: make the address that it leads to the base URL, if it is your service's",
        );
    }
    // Chunked bodies keep their JSON between the chunk sizes: the braces are what is looked at.
    let text = String::from_utf8_lossy(&answer.body);
    let is_json =
        answer.kind.contains("json") && text.contains('{') && !text.trim_start().starts_with('<');
    if !is_json {
        let kind = match answer.kind.as_str() {
            "" => "no content type",
            kind => kind,
        };
        return failed(
            format!("{status} with {kind}: a page for people, not the API"),
            "the base URL is a web site's or a proxy's: give the scheme and host of the API alone, such as https://app.wotnot.io",
        );
    }
    match status {
        401 | 403 if with_token => failed(
            format!(
                "{status}: the service does not take the token{}",
                word(&text)
            ),
            "copy the token again from the API channel's page; a token is one account's, and one host's",
        ),
        500..=599 => failed(
            format!("{status}: the service is in trouble{}", word(&text)),
            "try again later; calls with this answer say whether the message may have arrived",
        ),
        404 => failed(
            format!("404 for {START_PATH}"),
            "the host answers, but this is not where the API is: check the base URL's host and path",
        ),
        401 | 403 => Hop::ok(
            "api",
            target,
            format!("the API answers ({status} without a token)"),
        ),
        _ => Hop::ok(
            "api",
            target,
            format!(
                "the API answers and takes the token ({status} to an empty request, as it should)"
            ),
        ),
    }
}

/// The service's own word for a refusal.
fn word(text: &str) -> String {
    let object = text.find('{').zip(text.rfind('}'));
    let object = object.and_then(|(from, to)| text.get(from..=to));
    let value: Option<Value> = object.and_then(|text| serde_json::from_str(text).ok());
    let code = value.as_ref().and_then(|it| it.get("code")?.as_str());
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}
