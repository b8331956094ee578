//! Lays out an answer's bytes and knows where its head ends.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::vector::{Answer, Framing, HeaderValue};

/// An answer ready to be written.
#[derive(Debug)]
pub struct Laid {
    /// Status line and header fields, with the empty line.
    pub head: Vec<u8>,
    /// The body as it goes over the wire.
    pub body: Vec<u8>,
}

/// Lays out an answer.
pub fn lay(answer: &Answer) -> Result<Laid, String> {
    if let Some(raw) = &answer.raw {
        return Ok(Laid {
            head: raw.bytes()?,
            body: Vec::new(),
        });
    }
    let body = answer.body.bytes()?;
    let mut head = format!("HTTP/1.1 {} Scripted\r\n", answer.status);
    let has = |name: &str| {
        answer
            .headers
            .keys()
            .any(|key| key.eq_ignore_ascii_case(name))
    };
    if answer.body.json.is_some() && !has("content-type") {
        head.push_str("content-type: application/json\r\n");
    }
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {}\r\n", header_text(value)));
    }
    if !has("content-length") && !has("transfer-encoding") {
        match answer.framing {
            Framing::Length => head.push_str(&format!("content-length: {}\r\n", body.len())),
            Framing::Chunked => head.push_str("transfer-encoding: chunked\r\n"),
            Framing::Close => head.push_str("connection: close\r\n"),
        }
    }
    head.push_str("\r\n");
    let body = match answer.framing {
        Framing::Chunked => chunk(&body),
        Framing::Length | Framing::Close => body,
    };
    Ok(Laid {
        head: head.into_bytes(),
        body,
    })
}

impl Answer {
    /// Whether its body is a JSON object that says so.
    pub fn says(&self, name: &str, what: impl Into<Value>) -> bool {
        let body = self.body.json.as_ref();
        body.and_then(|body| body.get(name)) == Some(&what.into())
    }

    /// The whole answer as it goes over the wire.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        let laid = lay(self)?;
        Ok([laid.head, laid.body].concat())
    }
}

fn header_text(value: &HeaderValue) -> String {
    match value {
        HeaderValue::Text(text) => text.clone(),
        HeaderValue::Date { date_in_s } => {
            let distance = Duration::from_secs(date_in_s.unsigned_abs());
            let now = SystemTime::now();
            let then = if *date_in_s < 0 {
                now.checked_sub(distance)
            } else {
                now.checked_add(distance)
            };
            httpdate::fmt_http_date(then.unwrap_or(now))
        }
    }
}

fn chunk(body: &[u8]) -> Vec<u8> {
    let mut chunks = Vec::new();
    for part in body.chunks(7) {
        chunks.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
        chunks.extend_from_slice(part);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}
