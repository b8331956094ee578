//! A call over HTTP and its answer, which is compared with the description of the calls.

use serde_json::Value;

use crate::harness::{DEADLINE, ORIGIN};
use crate::openapi;

pub struct Answer {
    pub status: u16,
    pub bytes: Vec<u8>,
    pub body: Value,
    pub headers: ureq::http::HeaderMap,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }

    /// The files of a zip, with their texts.
    pub fn unzipped(&self) -> Vec<(String, String)> {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&self.bytes)).unwrap();
        (0..zip.len())
            .map(|index| {
                let mut file = zip.by_index(index).unwrap();
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                (file.name().unwrap().into_owned(), text)
            })
            .collect()
    }

    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(DEADLINE))
        .build()
        .into()
}

pub fn call(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
    try_call(method, url, headers, body).expect("no answer")
}

/// `None` when there is no whole answer.
fn try_call(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Option<Answer> {
    try_call_with(method, url, headers, body.map(str::as_bytes))
}

/// Calls one of these gateways, as the visitor whose token this is, if there is one yet.
pub fn try_call_any(
    urls: &[String],
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Option<Answer> {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("origin", ORIGIN)];
    if !token.is_empty() {
        headers.push(("authorization", &bearer));
    }
    let url = &urls[fastrand::usize(..urls.len())];
    let body = body.map(Value::to_string);
    try_call(method, &format!("{url}{path}"), &headers, body.as_deref())
}

pub fn try_call_with(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Option<Answer> {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let sent = match body {
        Some(body) => agent().run(request.body(body.to_vec()).unwrap()),
        None => agent().run(request.body(()).unwrap()),
    };
    let mut answer = sent.ok()?;
    let bytes = answer.body_mut().read_to_vec().ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let answer = Answer {
        status: answer.status().as_u16(),
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        bytes,
        headers: answer.headers().clone(),
    };
    let kind = answer.headers.get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok());
    openapi::check_answer(method, url, answer.status, kind, &answer.body);
    Some(answer)
}
