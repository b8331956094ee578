//! One call to the bucket over HTTP: signed, with a deadline, and repeated when it may help. Every call
//! that is made here can be repeated without harm.

use std::fs::File;
use std::io::{Cursor, Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rusty_s3::{Method, S3Action};
use ureq::http::{HeaderMap, Request, Response, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, SendBody};

use crate::tls;
use crate::upstream::jittered;

/// How often a call is tried.
const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How long a signature counts. The clocks of this machine and of the bucket may differ by less.
const SIGNED_FOR: Duration = Duration::from_secs(300);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For the head of an answer, and then for its body.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// For one part of a file: 8 MiB within it are 70 KB a second.
const SEND_TIMEOUT: Duration = Duration::from_secs(120);
/// The largest answer that is no part of a file, in bytes.
const ANSWER_LIMIT: u64 = 1024 * 1024;

/// What a call sends. It can be read several times.
pub(super) enum Payload<'a> {
    None,
    Text(&'a str),
    /// A part of a file.
    Part {
        file: &'a Path,
        from: u64,
        length: u64,
    },
}

impl Payload<'_> {
    fn length(&self) -> u64 {
        match self {
            Payload::None => 0,
            Payload::Text(text) => text.len() as u64,
            Payload::Part { length, .. } => *length,
        }
    }

    fn open(&self) -> Result<SendBody<'static>> {
        Ok(match self {
            Payload::None => SendBody::none(),
            Payload::Text(text) => {
                SendBody::from_owned_reader(Cursor::new(text.as_bytes().to_vec()))
            }
            Payload::Part { file, from, length } => {
                let mut file = File::open(file)?;
                file.seek(SeekFrom::Start(*from))?;
                SendBody::from_owned_reader(file.take(*length))
            }
        })
    }
}

/// What came back, unless it was an error.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).map_err(|_| unexpected("is no text"))
    }
}

/// Speaks to one bucket.
pub(super) struct Http(Agent);

impl Http {
    pub fn new() -> Self {
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(tls::provider())
            .root_certs(authorities());
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_send_body(Some(SEND_TIMEOUT))
            .timeout_recv_response(Some(ANSWER_TIMEOUT))
            .timeout_recv_body(Some(ANSWER_TIMEOUT))
            .tls_config(tls.build());
        Self(config.build().into())
    }

    /// Makes the call, again where that may help.
    ///
    /// # Errors
    /// `NotFound` when the bucket says so; the text of any other says what the bucket answered.
    pub fn call<'a, A: S3Action<'a>>(
        &self,
        action: &A,
        headers: &[(&'static str, String)],
        payload: &Payload<'_>,
    ) -> Result<Answer> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.attempt(action, headers, payload) {
                Err(Failure::Passing(_)) => {}
                Err(Failure::Final(error)) => return Err(error),
                Ok(answer) => return Ok(answer),
            }
            sleep(jittered(pause));
            pause *= 4;
        }
        self.attempt(action, headers, payload)
            .map_err(|failure| match failure {
                Failure::Passing(error) | Failure::Final(error) => error,
            })
    }

    fn attempt<'a, A: S3Action<'a>>(
        &self,
        action: &A,
        headers: &[(&'static str, String)],
        payload: &Payload<'_>,
    ) -> std::result::Result<Answer, Failure> {
        let url = action.sign(SIGNED_FOR);
        let mut request = Request::builder()
            .method(A::METHOD.to_str())
            .uri(url.as_str());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if matches!(A::METHOD, Method::Put | Method::Post) {
            // Without it the body would be sent in chunks, which buckets do not take.
            request = request.header("content-length", payload.length());
        }
        let body = payload.open().map_err(Failure::Final)?;
        let request = request.body(body);
        let request = request.map_err(|error| Failure::Final(Error::other(error)))?;
        let sent = self.0.run(request).map_err(|error| {
            Failure::Passing(Error::other(format!(
                "the bucket cannot be reached: {error}"
            )))
        });
        read(A::METHOD, sent?)
    }
}

enum Failure {
    /// The same call may succeed soon.
    Passing(Error),
    Final(Error),
}

fn read(method: Method, response: Response<Body>) -> std::result::Result<Answer, Failure> {
    let (head, mut body) = response.into_parts();
    let limit = if head.status == StatusCode::PARTIAL_CONTENT {
        u64::MAX
    } else {
        ANSWER_LIMIT
    };
    let body = body.with_config().limit(limit).read_to_vec();
    let body = body.map_err(|error| {
        Failure::Passing(Error::other(format!(
            "the bucket's answer broke off: {error}"
        )))
    })?;
    if head.status.is_success() {
        return Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        });
    }
    let error = refused(method, head.status, &body);
    let passes = head.status.is_server_error()
        || matches!(
            head.status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        );
    Err(match passes {
        true => Failure::Passing(error),
        false => Failure::Final(error),
    })
}

/// What the bucket's refusal means, and what to do.
fn refused(method: Method, status: StatusCode, body: &[u8]) -> Error {
    let code = code(body);
    let advice = match (code.as_str(), status.as_u16()) {
        ("SignatureDoesNotMatch", _) => "; check secret_key, and region",
        // The second is versitygw's.
        ("InvalidAccessKeyId" | "XAdminUserNotFound", _) => "; check access_key",
        ("ExpiredToken" | "InvalidToken", _) => "; check session_token",
        ("RequestTimeTooSkewed", _) => "; set this machine's clock",
        ("NoSuchBucket", _) => "; check bucket, and path_style",
        ("AccessDenied", _) => "; let the key get, put and delete objects of the bucket",
        ("AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError", _) => {
            "; check region"
        }
        ("PermanentRedirect" | "TemporaryRedirect", _) | (_, 301 | 302 | 307 | 308) => {
            "; check endpoint and region"
        }
        _ => "",
    };
    let space = if code.is_empty() { "" } else { " " };
    let text = format!(
        "the bucket answered {}{space}{code}{advice}",
        status.as_u16()
    );
    // Any other 404 is a mistake of the configuration, or somebody else's, and no file that is gone.
    let kind = match code.as_str() {
        "NoSuchKey" | "NoSuchUpload" => ErrorKind::NotFound,
        // What answers a question for a head has no body.
        "" if status == StatusCode::NOT_FOUND && method == Method::Head => ErrorKind::NotFound,
        _ => ErrorKind::Other,
    };
    Error::new(kind, text)
}

/// The word in the `<Code>` of an error. Anything that is no word is left out of logs.
fn code(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let word = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map(|(word, _)| word.trim());
    let good = |word: &&str| word.len() <= 64 && word.bytes().all(|b| b.is_ascii_alphanumeric());
    word.filter(good).unwrap_or_default().to_owned()
}

pub(super) fn unexpected(what: &str) -> Error {
    Error::other(format!("the bucket's answer {what}"))
}

/// The authorities of the system, or those that are built in where it has none.
fn authorities() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    let own = |der: &CertificateDer<'_>| Certificate::from_der(der).to_owned();
    match found.is_empty() {
        true => RootCerts::WebPki,
        false => RootCerts::Specific(Arc::new(found.iter().map(own).collect())),
    }
}
